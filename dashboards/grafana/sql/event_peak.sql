-- The sum is over partitions of the viewers' ids: a viewer is in one.
SELECT max(watching) AS "peak concurrent viewers"
FROM (
    SELECT second, sum(viewers) AS watching
    FROM levels FINAL
    WHERE $__timeFilter(second) AND channel = ${channel:sqlstring}
    GROUP BY second
)
