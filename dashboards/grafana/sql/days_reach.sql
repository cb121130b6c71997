SELECT toDateTime(day, ${zone:sqlstring}) AS time, channel, reach AS "reach"
FROM days FINAL
WHERE zone = ${zone:sqlstring} AND channel IN (${channel:sqlstring})
    AND day >= toDate($__fromTime, ${zone:sqlstring}) AND day <= toDate($__toTime, ${zone:sqlstring})
ORDER BY time, channel
