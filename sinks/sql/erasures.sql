-- When reports of a day were erased, by channel. Of a zone in which nothing was ever erased, what was in the UTC days
-- that its day reaches into.
SELECT channel, toUnixTimestamp64Milli(max(erasures.at)) AS at
FROM erasures FINAL
WHERE (zone = {zone:String} AND day = {day:Date})
   OR (
        zone = 'UTC'
        AND day BETWEEN toDate(toDateTime({first:UInt32}, 'UTC')) AND toDate(toDateTime({end:UInt32} - 1, 'UTC'))
        AND NOT EXISTS (SELECT 1 FROM erasures WHERE zone = {zone:String})
      )
GROUP BY channel
