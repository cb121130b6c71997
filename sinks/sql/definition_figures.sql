-- The definition, part 2: rule 6, the figures of the day [first, end) and every channel watched in it.
SELECT
    channel,
    max(viewers) AS peak_viewers,
    argMax(start, (viewers, -start)) AS peak_at,
    sum(viewers * (stop - start)) AS watch_seconds,
    toInt64(sum(reach)) AS reach,
    toInt64(sum(attended)) AS sessions
FROM runs
GROUP BY channel
