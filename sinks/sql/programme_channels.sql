-- The channels of the calendar.
SELECT DISTINCT toString(programmes.channel) AS channel
FROM programmes FINAL
WHERE removed = 0
ORDER BY channel
