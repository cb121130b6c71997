-- Raw reports of some viewers (both ends included, in hex) of [since, until) (ms), as the fold reads them: a report is
-- one value of 61 bytes, since a server's answer costs by values (`sinks/raw.py` has the layout).
SELECT
    toFixedString(concat(
        reinterpretAsFixedString(toUnixTimestamp64Milli(t)),
        viewer,
        session,
        reinterpretAsFixedString(seq),
        reinterpretAsFixedString(playhead),
        reinterpretAsFixedString(interval),
        reinterpretAsFixedString(CAST(state, 'Int8'))
    ), 61) AS report,
    toString(channel) AS channel
FROM {reports:Identifier}
WHERE t >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND t < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
  AND viewer BETWEEN toFixedString(unhex({low:String}), 16) AND toFixedString(unhex({high:String}), 16)
