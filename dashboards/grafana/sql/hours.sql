-- Of each local hour of the days shown; seconds of nobody are not stored, and count as such.
SELECT
    leftPad(toString(toHour(second, ${zone:sqlstring})), 2, '0') AS hour,
    sum(viewers) / (3600 * uniqExact(toDate(second, ${zone:sqlstring}))) AS "average concurrent viewers"
FROM levels FINAL
WHERE $__timeFilter(second) AND channel = '*'
GROUP BY hour
ORDER BY hour
