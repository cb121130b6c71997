-- Raw reports, field by field as DESIGN section 1 names them.
CREATE TABLE IF NOT EXISTS reports (
    t DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    viewer FixedString(16) CODEC(ZSTD(1)),
    session FixedString(16) CODEC(ZSTD(1)),
    channel LowCardinality(String),
    state Enum8('unnamed' = 0, 'preloading' = 1, 'starting' = 2, 'playing' = 3, 'seeking' = 4, 'rebuffering' = 5, 'waiting' = 6, 'paused' = 7, 'ended' = 8, 'failed' = 9, 'quit' = 10),
    playhead Float64 CODEC(ZSTD(1)),
    interval UInt32 CODEC(T64, ZSTD(1)),
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
