SELECT $__timeInterval(later) AS time, max(watching) AS "a week before"
FROM (
    SELECT second + INTERVAL 7 DAY AS later, sum(viewers) AS watching
    FROM levels FINAL
    WHERE second >= $__fromTime - INTERVAL 7 DAY AND second <= $__toTime - INTERVAL 7 DAY
        AND channel = ${channel:sqlstring}
    GROUP BY second
)
GROUP BY time
ORDER BY time
