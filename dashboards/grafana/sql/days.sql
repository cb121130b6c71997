SELECT
    day, channel, peak_viewers, formatDateTime(peak_at, '%H:%i:%S', ${zone:sqlstring}) AS peak_time, average_viewers,
    reach, sessions, watch_seconds / 3600 AS watch_hours, toString(status) AS status,
    toUnixTimestamp(peak_at) * 1000 - 7200000 AS before_ms, toUnixTimestamp(peak_at) * 1000 + 7200000 AS after_ms
FROM days FINAL
WHERE zone = ${zone:sqlstring} AND channel IN (${channel:sqlstring})
    AND day >= toDate($__fromTime, ${zone:sqlstring}) AND day <= toDate($__toTime, ${zone:sqlstring})
ORDER BY day DESC, channel
