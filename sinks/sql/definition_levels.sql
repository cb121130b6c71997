-- The definition, part 2: viewers and sessions of every channel and second with someone.
SELECT
    channel,
    arrayJoin(range(start, stop)) AS second,
    viewers,
    sessions
FROM runs
WHERE viewers > 0
ORDER BY channel, second
