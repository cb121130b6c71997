-- Raw reports of [since, until) (ms) by quarter of an hour: what there is, and the longest interval.
SELECT
    intDiv(toUnixTimestamp64Milli(t), 900000) AS moment,
    toInt64(count()) AS reports,
    toInt64(max(interval)) AS longest
FROM {reports:Identifier}
WHERE t >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND t < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
GROUP BY moment
ORDER BY moment
