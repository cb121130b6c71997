SELECT sum(viewers) / 3600 AS "watch hours"
FROM levels FINAL
WHERE $__timeFilter(second) AND channel = ${channel:sqlstring}
