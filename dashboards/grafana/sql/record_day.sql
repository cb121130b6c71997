SELECT formatDateTime(peak_at, '%Y-%m-%d %H:%i:%S', ${zone:sqlstring}) AS "when"
FROM days FINAL
WHERE zone = ${zone:sqlstring} AND channel = '*' AND peak_viewers > 0
ORDER BY peak_viewers DESC, day
LIMIT 1
