-- The sum is over partitions of the viewers' ids: a viewer is in one. Seconds of nobody are not stored, and count.
SELECT
    p.title AS title, p.start AS start, p.end AS end, if(p.special = 1, 'yes', '') AS special,
    max(watching) AS peak_viewers,
    sum(watching) / (toUnixTimestamp(p.end) - toUnixTimestamp(p.start)) AS average_viewers,
    toUnixTimestamp(p.start) * 1000 AS start_ms, toUnixTimestamp(p.end) * 1000 AS end_ms
FROM (
    SELECT channel, title, start, end, special
    FROM programmes FINAL
    WHERE removed = 0 AND channel = ${channel:sqlstring} AND start < $__toTime AND end > $__fromTime
) AS p
LEFT JOIN (
    SELECT channel, second, sum(viewers) AS watching
    FROM levels FINAL
    WHERE channel = ${channel:sqlstring}
        AND second >= $__fromTime - INTERVAL 7 DAY AND second <= $__toTime + INTERVAL 7 DAY
    GROUP BY channel, second
) AS l ON p.channel = l.channel AND l.second >= p.start AND l.second < p.end
GROUP BY title, start, end, special, p.special, start_ms, end_ms
ORDER BY start, title
