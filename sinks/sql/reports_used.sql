-- Reports of [first, end), equal ones once, by channel.
SELECT channel, toInt64(count()) AS reports
FROM reports FINAL
WHERE t >= fromUnixTimestamp64Milli({first:Int64} * 1000, 'UTC') AND t < fromUnixTimestamp64Milli({end:Int64} * 1000, 'UTC')
GROUP BY channel
