-- What was changed of a day after it had been final, in the order in which it was.
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
