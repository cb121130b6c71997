-- * is every channel's programmes.
SELECT start AS time, end AS timeEnd, title, channel AS text, if(special = 1, 'special', 'programme') AS tags
FROM programmes FINAL
WHERE removed = 0 AND start <= $__toTime AND end >= $__fromTime
    AND ('*' IN (${channel:sqlstring}) OR channel IN (${channel:sqlstring}))
ORDER BY time, channel
LIMIT 500
