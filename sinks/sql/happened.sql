-- By channel ('': not known) what happened to the audience of the seconds [first, end).
SELECT what, reason, channel, toInt64(sum(count)) AS times
FROM receipts FINAL
WHERE second >= {first:UInt32} AND second < {end:UInt32}
GROUP BY what, reason, channel
