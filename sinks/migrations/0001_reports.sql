-- Raw reports: what backfills and the definition's query read.
--
-- Times are DateTime64(3) and not Int64: tools and TTL read them as they are, and inside it is the same count of
-- milliseconds, so writing and computing cost no conversion. (Outsiders: JSON with integer ms is read as seconds.)
--
-- ORDER BY is a session, then the total order of the definition's rule 1: reports that are one collapse into one, a
-- session's reports lie together (ids of 16 random bytes are stored once a run), and t in it is nearly a staircase, for
-- Delta. The index needs no more than (viewer, session, t). A day a partition: backfills read days, and the TTL drops
-- whole ones.
--
-- Here and in the other tables an insert is fsynced (some ms each): after a power cut what `progress` says is stored
-- must be there, for nobody would write it again.
CREATE TABLE IF NOT EXISTS reports (
    t DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    viewer FixedString(16) CODEC(ZSTD(1)),
    session FixedString(16) CODEC(ZSTD(1)),
    channel LowCardinality(String),
    -- the number is the rank of the state
    state Enum8(
        'unnamed' = 0, 'preloading' = 1, 'starting' = 2, 'playing' = 3, 'seeking' = 4, 'rebuffering' = 5,
        'waiting' = 6, 'paused' = 7, 'ended' = 8, 'failed' = 9, 'quit' = 10
    ),
    playhead Float64 CODEC(ZSTD(1)), -- s; -1: unknown (a Nullable cannot be in the order)
    interval UInt32 CODEC(T64, ZSTD(1)), -- ms
    seq Int64 CODEC(Delta, ZSTD(1)),
    received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    clock Enum8('client' = 0, 'server' = 1),
    protocol LowCardinality(String),
    platform LowCardinality(String),
    app LowCardinality(String),
    country LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(t)
PRIMARY KEY (viewer, session, t)
ORDER BY (viewer, session, t, seq, state, channel, interval, playhead)
TTL toDateTime(t) + INTERVAL 13 MONTH DELETE
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1;
