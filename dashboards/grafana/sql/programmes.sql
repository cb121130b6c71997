-- * is every channel's programmes, each with the viewers of its own channel. The sum over partitions is of the viewers'
-- ids: a viewer is in one. Seconds of nobody are not stored, and count; those that are not final yet do not.
WITH
    (SELECT min(value) + 1 FROM progress FINAL WHERE name = 'final' OR startsWith(name, 'final/')) AS final_until,
    shown AS (
        SELECT channel, title, start, end, special
        FROM programmes FINAL
        WHERE removed = 0 AND ${channel:sqlstring} IN ('*', channel) AND start < $__toTime AND end > $__fromTime
    )
SELECT
    p.channel AS channel, p.title AS title, p.start AS start, p.end AS end, if(p.special = 1, 'yes', '') AS special,
    if(toUnixTimestamp(p.start) < final_until, max(l.watching), NULL) AS peak_viewers,
    sum(l.watching) / nullIf(greatest(least(toInt64(toUnixTimestamp(p.end)), toInt64(final_until))
        - toInt64(toUnixTimestamp(p.start)), 0), 0) AS average_viewers,
    toUnixTimestamp(p.start) * 1000 AS start_ms, toUnixTimestamp(p.end) * 1000 AS end_ms
FROM shown AS p
LEFT JOIN (
    SELECT channel, second, sum(viewers) AS watching
    FROM levels FINAL
    WHERE channel IN (SELECT channel FROM shown)
        AND second >= (SELECT min(start) FROM shown) AND second < (SELECT max(end) FROM shown)
        AND toUnixTimestamp(second) < final_until
    GROUP BY channel, second
) AS l ON p.channel = l.channel AND l.second >= p.start AND l.second < p.end
GROUP BY p.channel, p.title, p.start, p.end, p.special, final_until
ORDER BY start, channel, title
