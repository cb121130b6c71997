SELECT
    $__timeInterval(received) AS time,
    quantile(0.5)(toUnixTimestamp64Milli(received) - toUnixTimestamp64Milli(t)) / 1000 AS "half",
    quantile(0.99)(toUnixTimestamp64Milli(received) - toUnixTimestamp64Milli(t)) / 1000 AS "99 of 100"
FROM reports
WHERE $__timeFilter(received) AND t >= $__fromTime - INTERVAL 1 DAY AND t <= $__toTime + INTERVAL 1 DAY
GROUP BY time
ORDER BY time
