-- The figures of local days (rule 6 of the definition). `version` puts restated above final above provisional, and later
-- above earlier among equals, so that a process that starts again cannot undo what is settled.
CREATE TABLE IF NOT EXISTS days (
    zone LowCardinality(String),
    day Date,
    channel LowCardinality(String),
    seconds UInt32, -- in that day: 82,800, 86,400 or 90,000
    peak_viewers UInt32,
    peak_at Nullable(DateTime('UTC')), -- the first second of the peak; NULL: nobody watched
    watch_seconds UInt64,
    average_viewers Float64 ALIAS watch_seconds / seconds,
    reach UInt32,
    sessions UInt32,
    status Enum8('provisional' = 1, 'final' = 2, 'restated' = 3),
    definition UInt16,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (zone, day, channel)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What a backfill changed in a day that had been final, and why.
CREATE TABLE IF NOT EXISTS restatements (
    at DateTime64(3, 'UTC'),
    zone LowCardinality(String),
    day Date,
    channel LowCardinality(String),
    figure LowCardinality(String), -- a column of `days`
    before Nullable(Float64), -- NULL: there was none
    after Nullable(Float64),
    reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (zone, day, channel, figure, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Who had at least one watched final second in a day: what reach and sessions are counted from, exactly. `*` is not
-- stored, it is counted over all channels. A row a session, sorted so that equal ids lie together; as long as reports.
CREATE TABLE IF NOT EXISTS attendance (
    zone LowCardinality(String),
    day Date,
    channel LowCardinality(String),
    viewer FixedString(16) CODEC(ZSTD(1)),
    session FixedString(16) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (zone, day, channel, viewer, session)
TTL day + INTERVAL 13 MONTH DELETE
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
