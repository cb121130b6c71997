-- Downloads as the stores tell them, in place of 0005's table, which nothing was ever written to: it could not tell a
-- whole day from its countries, a download from a repeated one, or what a corrected export left out.
--
-- A store's export tells of a day all there is: the rows of the newest `version` of (store, account, day, division) are
-- that day, and older ones are what the store said before. `version` puts an export that reaches further above one that
-- does not, and a later import above an earlier one.
DROP TABLE IF EXISTS downloads;
CREATE TABLE IF NOT EXISTS downloads (
    store LowCardinality(String), -- google-play, app-store
    account String, -- whose export it is: a package with Google, a vendor's number with Apple
    day Date, -- as the store counts its days
    division Enum8('none' = 0, 'country' = 1), -- the same downloads twice over: never added up
    version UInt64,
    app String, -- '': the export names no app that day
    country LowCardinality(String), -- '': undivided; ZZ: the store does not know it
    downloads Nullable(Int64), -- here and below NULL: not told, which is not 0
    redownloads Nullable(Int64),
    updates Nullable(Int64)
)
ENGINE = ReplacingMergeTree
ORDER BY (store, account, day, division, version, app, country)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
