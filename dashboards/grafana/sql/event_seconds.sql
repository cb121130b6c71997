SELECT $__timeInterval(second) AS time, max(watching) AS "this time"
FROM (
    SELECT second, sum(viewers) AS watching
    FROM levels FINAL
    WHERE $__timeFilter(second) AND channel = ${channel:sqlstring}
    GROUP BY second
)
GROUP BY time
ORDER BY time
