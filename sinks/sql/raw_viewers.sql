-- The viewers of some reports of [since, until) (ms), in order; who reports more is among them more often.
SELECT arrayJoin(arraySort(groupArraySample(8192, 1)(viewer))) AS viewer
FROM {reports:Identifier}
WHERE t >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND t < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
