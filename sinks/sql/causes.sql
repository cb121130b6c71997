-- What came after the seconds [first, end) were final, since the day was last restated: how many reports were late, and
-- how many of them were replayed out of a quarantine.
SELECT what, toInt64(sum(count)) AS times
FROM receipts FINAL
WHERE what IN ('late', 'replayed') AND second >= {first:UInt32} AND second < {end:UInt32}
  AND receipts.at >= (
      SELECT toDateTime(max(restatements.at), 'UTC') FROM restatements WHERE zone = {zone:String} AND day = {day:Date}
  )
GROUP BY what
