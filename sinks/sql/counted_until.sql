-- Until which second the live count last wrote down the open days of each zone: their version says it.
SELECT zone, toInt64(intDiv(max(bitAnd(version, 281474976710655)), 1000)) AS until
FROM days
WHERE status = 'provisional'
GROUP BY zone
