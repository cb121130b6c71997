-- What is on at some second of [first, end), on one channel or ('') on any.
SELECT
    toInt64(programmes.start) AS start,
    toString(programmes.channel) AS channel,
    title,
    toInt64(programmes.end) AS end,
    special,
    toString(programmes.source) AS source
FROM programmes FINAL
WHERE removed = 0
  AND programmes.start < {end:UInt32}
  AND programmes.end > {first:UInt32}
  AND ({channel:String} = '' OR programmes.channel = {channel:String})
ORDER BY start, channel, title, end, source
