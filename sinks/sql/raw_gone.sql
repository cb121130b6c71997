-- How many dates (of UTC, by which raw reports expire) have levels in [first, end) and no raw report. A level stems from
-- a report of the {bridge} s before it: one whose bridge reaches back into the date before says nothing.
SELECT toInt64(uniqExact(toDate(second))) AS dates
FROM levels FINAL
WHERE second >= {first:UInt32} AND second < {end:UInt32} AND viewers > 0
  AND toDate(second) = toDate(second - {bridge:UInt32})
  AND toDate(second) NOT IN (
      SELECT DISTINCT toDate(t) FROM {reports:Identifier}
      WHERE t >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND t < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
  )
