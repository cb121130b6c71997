-- Downloads of the apps as the stores tell them; a store corrects its days, so the latest version counts.
CREATE TABLE IF NOT EXISTS downloads (
    store LowCardinality(String),
    app LowCardinality(String),
    country LowCardinality(String),
    day Date,
    downloads UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (store, app, country, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
