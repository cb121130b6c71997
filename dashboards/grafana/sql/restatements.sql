SELECT at, day, channel, figure, before, after, reason
FROM restatements FINAL
WHERE zone = ${zone:sqlstring} AND at >= $__fromTime AND at <= $__toTime
ORDER BY at DESC, channel, figure
LIMIT 200
