-- Final levels: who watched a channel (or `*`) at a second, by partition of the viewers' ids; the answer is the sum over
-- the partitions, since a viewer is in one. Writing (partition, second, channel) again replaces it where `version` is not
-- lower. Seconds of nobody are left out, save where a restatement took the last viewer away.
-- Kept for good: a channel's year is 31.5 M rows, and neighbours hardly differ.
CREATE TABLE IF NOT EXISTS levels (
    second DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    channel LowCardinality(String),
    partition UInt16 CODEC(T64, ZSTD(1)),
    viewers UInt32 CODEC(Delta, ZSTD(1)),
    sessions UInt32 CODEC(Delta, ZSTD(1)),
    shown_viewers Nullable(UInt32) CODEC(ZSTD(1)), -- what the live page said at that second; NULL: not known
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(second)
ORDER BY (channel, second, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
