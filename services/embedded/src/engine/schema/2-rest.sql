DROP TABLE jobs;
ALTER TABLE jobs_2 RENAME TO jobs;
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);
CREATE INDEX jobs_by_owner ON jobs (owner, seq) WHERE owner IS NOT NULL;

-- Queued and running jobs. A row is here or in `finished_jobs`, never in both.
ALTER TABLE live RENAME TO active_jobs;
ALTER TABLE active_jobs RENAME COLUMN bytes TO content_bytes;
ALTER TABLE active_jobs DROP COLUMN worker;
ALTER TABLE active_jobs ADD COLUMN event_seq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE active_jobs ADD COLUMN history TEXT;
UPDATE active_jobs SET event_seq = 1 + 2 * attempts - (state = 1);

-- Jobs in a final state. `summary` and `detail` are parts of the workload; rows of format 1 have their summary as a text.
ALTER TABLE ends RENAME TO finished_jobs;
ALTER TABLE finished_jobs RENAME COLUMN report TO summary_text;
ALTER TABLE finished_jobs RENAME COLUMN top TO detail;
ALTER TABLE finished_jobs ADD COLUMN summary BLOB;
ALTER TABLE finished_jobs ADD COLUMN event_seq INTEGER NOT NULL DEFAULT 3;
ALTER TABLE finished_jobs ADD COLUMN history TEXT;
DROP INDEX ends_by_expiry;
DROP INDEX ends_by_rare_state;
CREATE INDEX finished_jobs_by_expiry ON finished_jobs (expires_at);
CREATE INDEX finished_jobs_by_rare_state ON finished_jobs (state) WHERE state <> 2;

-- Named parts of a result that are read separately.
CREATE TABLE attachments (
    seq   INTEGER NOT NULL,
    name  TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (seq, name)
) STRICT;
INSERT INTO attachments (seq, name, bytes) SELECT seq, 'words', words FROM rests;
DROP TABLE rests;
