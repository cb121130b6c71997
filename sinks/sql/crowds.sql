-- What the seconds of [first, end) add up to, by channel.
SELECT
    channel,
    max(watching) AS peak_viewers,
    argMax(at, (watching, -at)) AS peak_at,
    sum(watching) AS watch_seconds
FROM (
    SELECT channel, toInt64(second) AS at, toInt64(sum(viewers)) AS watching
    FROM levels FINAL
    WHERE second >= {first:UInt32} AND second < {end:UInt32}
    GROUP BY channel, at
)
GROUP BY channel
HAVING watch_seconds > 0
