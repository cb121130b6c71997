SELECT formatDateTime(second, '%Y-%m-%d %H:%i:%S', ${zone:sqlstring}) AS "when"
FROM levels FINAL
WHERE $__timeFilter(second) AND channel = ${channel:sqlstring}
GROUP BY levels.second
ORDER BY sum(viewers) DESC, levels.second
LIMIT 1
