-- What the file of a body is compared with while it is read. Rows of format 2 have none.
ALTER TABLE contents ADD COLUMN digest BLOB;     -- SHA-256 of the file

-- When a key is used again after its job was removed, the new job gets an id of its own. The tombstone of the key's
-- first id says which of its jobs is the newest.
ALTER TABLE tombstones ADD COLUMN generation INTEGER;  -- counted from 0; none: the first
ALTER TABLE tombstones ADD COLUMN newest BLOB;         -- the id of that job
