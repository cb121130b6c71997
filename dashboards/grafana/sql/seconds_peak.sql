-- The sum is over partitions of the viewers' ids: a viewer is in one.
SELECT $__timeInterval(second) AS time, channel, max(watching) AS "most concurrent viewers"
FROM (
    SELECT second, channel, sum(viewers) AS watching
    FROM levels FINAL
    WHERE $__timeFilter(second) AND channel IN (${channel:sqlstring})
    GROUP BY second, channel
)
GROUP BY time, channel
ORDER BY time, channel
