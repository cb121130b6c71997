-- What a backfill changed of a day, in the order in which it was.
SELECT
    toUnixTimestamp64Milli(restatements.at) AS at,
    figure,
    before,
    after,
    reason,
    note
FROM restatements FINAL
WHERE zone = {zone:String} AND day = {day:Date} AND channel = {channel:String}
ORDER BY restatements.at, figure
