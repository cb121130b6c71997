-- Seconds of nobody are not stored, and count as such.
SELECT sum(viewers) / (toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime)) AS "average concurrent viewers"
FROM levels FINAL
WHERE $__timeFilter(second) AND channel = ${channel:sqlstring}
