SELECT $__timeInterval(second) AS time, channel, max(watching) AS "most concurrent viewers"
FROM (
    SELECT second, channel, sum(viewers) AS watching
    FROM levels FINAL
    WHERE $__timeFilter(second)
    GROUP BY second, channel
)
GROUP BY time, channel
ORDER BY time, channel
