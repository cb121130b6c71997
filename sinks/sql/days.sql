SELECT
    day,
    channel,
    toInt64(seconds) AS seconds,
    toInt64(peak_viewers) AS peak_viewers,
    toInt64(peak_at) AS peak_at,
    toInt64(watch_seconds) AS watch_seconds,
    toInt64(reach) AS reach,
    toInt64(sessions) AS sessions,
    toString(status) AS status,
    definition
FROM days FINAL
WHERE zone = {zone:String} AND day BETWEEN {first:Date} AND {last:Date}
ORDER BY day, channel
