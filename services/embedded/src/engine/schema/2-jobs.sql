-- Converts one range of jobs: those after number ?1, up to number ?2.
INSERT INTO jobs_2 SELECT
    seq,
    id,
    created_at,
    NULL,
    'count',
    name,
    bytes,
    CASE
        WHEN kind = 0 AND bytes <= 65536 THEN 7
        WHEN kind = 2 THEN 16
        ELSE (bytes / 65536 + 1) * 4
    END,
    fingerprint,
    nullif(json_remove(
        iif(host IS NULL, coalesce(asked, '{}'),
            json_set(coalesce(asked, '{}'), '$.attributes', json_array(json_array('host', host)))),
        '$.content_type', '$.definition', '$.top', '$.keep_case', '$.regions', '$.language', '$.why', '$.ngrams'
    ), '{}'),
    CAST(nullif(json_remove(
        asked, '$.content_type', '$.priority', '$.deadline_ms', '$.retain_ms', '$.labels', '$.request'
    ), '{}') AS BLOB),
    CASE kind
        WHEN 0 THEN x'74'
        WHEN 2 THEN x'75'
        ELSE CAST('f' || coalesce(asked ->> '$.content_type', '') AS BLOB)
    END
FROM jobs
WHERE seq > ?1 AND seq <= ?2
