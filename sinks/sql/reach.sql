-- Rule 6 of the definition, reach and sessions; `*` and kinds are counted over their channels, which no sum could give.
--   {kinds}  as `channel=*kind,channel=*kind`
WITH arrayMap(pair -> splitByChar('=', pair), splitByChar(',', {kinds:String})) AS kinds
SELECT
    arrayJoin(arrayFilter(
        name -> name != '',
        [
            toString(channel),
            transform(toString(channel), arrayMap(pair -> pair[1], kinds), arrayMap(pair -> pair[2], kinds), ''),
            '*'
        ]
    )) AS channel,
    toInt64(uniqExact(viewer)) AS reach,
    toInt64(uniqExact((viewer, session))) AS sessions
FROM attendance
WHERE zone = {zone:String} AND day = {day:Date}
GROUP BY channel
