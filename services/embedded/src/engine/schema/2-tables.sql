-- The record of the job engine: what belongs to a workload becomes opaque parts. Format 1 knew word counting only.

CREATE TABLE jobs_2 (
    seq           INTEGER PRIMARY KEY,
    id            BLOB NOT NULL,     -- 16 bytes
    created_at    INTEGER NOT NULL,
    owner         TEXT,              -- none: `local`
    kind          TEXT NOT NULL,
    subject       TEXT,              -- what a search finds
    content_bytes INTEGER NOT NULL,
    properties    INTEGER NOT NULL,  -- cost * 4 + lazy claim * 2 + bundled
    fingerprint   BLOB,              -- of the request, when it came with a key
    asked         TEXT,              -- JSON of the engine's options beyond the defaults
    spec          BLOB,              -- the workload's parts
    source        BLOB
) STRICT;

-- The index of the attribute filter of lists. A record has its attributes in `asked` too.
CREATE TABLE attributes (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (name, value, seq)
) WITHOUT ROWID, STRICT;
CREATE INDEX attributes_by_job ON attributes (seq);

INSERT INTO attributes (name, value, seq) SELECT 'host', host, seq FROM jobs WHERE host IS NOT NULL;
