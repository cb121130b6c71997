-- How much there is that was counted: levels, and figures of days that somebody watched.
SELECT toInt64((SELECT count() FROM levels) + (SELECT count() FROM days WHERE watch_seconds > 0)) AS rows
