SELECT $__timeInterval(received) AS time, protocol, count() / $__interval_s AS "reports a second"
FROM reports
WHERE $__timeFilter(received) AND t >= $__fromTime - INTERVAL 1 DAY AND t <= $__toTime + INTERVAL 1 DAY
GROUP BY time, protocol
ORDER BY time, protocol
