-- What happened while counting that neither reports nor levels tell: receipts are made of it. A row says how often it
-- happened to a second's audience, so that a day of any zone is a sum over its seconds. Writing a row again replaces it:
-- a replay after a crash finds the same and adds nothing.
CREATE TABLE IF NOT EXISTS receipts (
    what LowCardinality(String), -- `end`: a session stopped watching; `late`, `refused`, `replayed`: a report was
    reason LowCardinality(String), -- of an end: reported or timeout; of a refusal: why
    channel LowCardinality(String), -- '': not known
    second DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)), -- whose audience it is about
    source LowCardinality(String), -- who counted it: a partition, or a collector since its start
    at DateTime('UTC') CODEC(Delta, ZSTD(1)), -- when it came
    count UInt32 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(second)
ORDER BY (what, reason, channel, second, source, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- When a partition was heard: the seconds [first, end). A stretch grows, so the row with the later end holds.
CREATE TABLE IF NOT EXISTS heard (
    partitions UInt16, -- how many there were
    partition UInt16,
    first DateTime('UTC'),
    end DateTime('UTC')
)
ENGINE = ReplacingMergeTree(end)
ORDER BY (partitions, partition, first)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Days that cannot be computed again as they stand, since reports watched in them were erased; no id is kept.
CREATE TABLE IF NOT EXISTS erasures (
    zone LowCardinality(String),
    day Date,
    channel LowCardinality(String), -- or `*`
    at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (zone, day, channel, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What an erasure replaced is to leave the disk within seconds of being allowed to, not within half a minute.
ALTER TABLE reports MODIFY SETTING
    cleanup_delay_period = 1, max_cleanup_delay_period = 1, cleanup_delay_period_random_add = 0;
ALTER TABLE attendance MODIFY SETTING
    cleanup_delay_period = 1, max_cleanup_delay_period = 1, cleanup_delay_period_random_add = 0;
