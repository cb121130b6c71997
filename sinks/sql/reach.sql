-- Rule 6 of the definition, reach and sessions; `*` is counted over all channels, which no sum could give.
SELECT
    arrayJoin([toString(channel), '*']) AS channel,
    toInt64(uniqExact(viewer)) AS reach,
    toInt64(uniqExact((viewer, session))) AS sessions
FROM attendance
WHERE zone = {zone:String} AND day = {day:Date}
GROUP BY channel
