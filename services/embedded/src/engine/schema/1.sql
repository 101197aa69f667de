-- Times are milliseconds since 1970. `seq` numbers jobs in the order of their admission and joins all tables.

-- Single values of the folder: the secret of keyed ids, whether it was closed in order.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- What never changes about a job.
CREATE TABLE jobs (
    seq         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL,     -- 16 bytes
    created_at  INTEGER NOT NULL,
    kind        INTEGER NOT NULL,  -- 0 text, 1 file, 2 address
    name        TEXT,              -- the address, or the file's name
    host        TEXT,              -- of the address
    bytes       INTEGER NOT NULL,  -- handed in
    fingerprint BLOB,              -- of the request, when it came with a key
    asked       TEXT               -- JSON of what was asked beyond the defaults
) STRICT;
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);
CREATE INDEX jobs_by_host ON jobs (host) WHERE host IS NOT NULL;

-- The client's own marks.
CREATE TABLE labels (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (name, value, seq)
) WITHOUT ROWID, STRICT;
CREATE INDEX labels_by_job ON labels (seq);

-- Jobs that wait or run. A row is here or in `ends`, never in both. It is all that a start has to read.
CREATE TABLE live (
    seq         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL,
    state       INTEGER NOT NULL,  -- 0 queued, 1 running
    priority    INTEGER NOT NULL,  -- 0 high, 1 normal, 2 low
    epoch       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    started_at  INTEGER,
    lease_until INTEGER,
    worker      TEXT,
    failure     TEXT               -- JSON of the last one, while it is tried again
) STRICT;

-- What was handed in, until it is no longer needed: in the row, or the name of a file.
CREATE TABLE contents (
    seq   INTEGER PRIMARY KEY,
    bytes BLOB,
    blob  BLOB
) STRICT;
CREATE INDEX contents_by_blob ON contents (blob) WHERE blob IS NOT NULL;

-- How jobs ended.
CREATE TABLE ends (
    seq         INTEGER PRIMARY KEY,
    state       INTEGER NOT NULL,  -- 2 succeeded, 3 failed, 4 cancelled
    epoch       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    failure     TEXT,
    report      TEXT,              -- JSON, without the words
    top         BLOB               -- the most frequent words, as many as were asked for
) STRICT;
CREATE INDEX ends_by_expiry ON ends (expires_at);
CREATE INDEX ends_by_rare_state ON ends (state) WHERE state <> 2;

-- The words of a histogram after those in `ends.top`.
CREATE TABLE rests (
    seq   INTEGER PRIMARY KEY,
    words BLOB NOT NULL
) STRICT;

-- Jobs that were here once.
CREATE TABLE tombstones (
    id    BLOB PRIMARY KEY,
    until INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX tombstones_by_until ON tombstones (until);
