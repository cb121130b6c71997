-- How far a reader or writer has come, by name: the last final second stored, the position in the log.
CREATE TABLE IF NOT EXISTS progress (name String, value Int64, version UInt64)
ENGINE = ReplacingMergeTree(version)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
