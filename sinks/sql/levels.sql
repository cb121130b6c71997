SELECT
    toInt64(second) AS second,
    toInt64(sum(viewers)) AS viewers,
    toInt64(sum(sessions)) AS sessions
FROM levels FINAL
WHERE channel = {channel:String} AND levels.second >= {first:UInt32} AND levels.second < {end:UInt32}
GROUP BY second
HAVING viewers > 0
ORDER BY second
