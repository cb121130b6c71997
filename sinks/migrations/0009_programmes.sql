-- The calendar: what a channel shows from `start` to `end` (excluded). What a later import took away stays as a row with
-- `removed`, so that writing needs nothing but INSERT: read it FINAL, with removed = 0.
CREATE TABLE IF NOT EXISTS programmes (
    channel LowCardinality(String),
    start DateTime('UTC'),
    end DateTime('UTC'),
    title String,
    special UInt8, -- 1: an audience out of the usual is expected
    source LowCardinality(String), -- who said so: the name of a file, if not told otherwise
    removed UInt8,
    version UInt64 -- when it was imported, in ms since the epoch
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (channel, start, source, title)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
