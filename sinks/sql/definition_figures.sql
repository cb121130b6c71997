-- The definition, part 2: rule 6, the figures of every day and channel watched in it; `day` counts from 0 in {days}.
SELECT
    day - 1 AS day,
    channel,
    max(viewers) AS peak_viewers,
    argMax(greatest(start, bounds.1) AS seen, (viewers, -seen)) AS peak_at,
    sum(viewers * (least(stop, bounds.2) - seen)) AS watch_seconds,
    sumIf(reach, start = bounds.1) AS reach,
    sumIf(attended, start = bounds.1) AS sessions
FROM runs
ARRAY JOIN {days:Array(Tuple(Int64, Int64))} AS bounds, arrayEnumerate({days:Array(Tuple(Int64, Int64))}) AS day
WHERE start < bounds.2 AND (stop > bounds.1 OR start = bounds.1)
GROUP BY day, channel
HAVING watch_seconds > 0
ORDER BY day, channel
