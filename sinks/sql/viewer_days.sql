-- The days in whose reach the viewers in {who} are.
SELECT DISTINCT zone, day, channel
FROM attendance
WHERE viewer IN (SELECT viewer FROM {who:Identifier})
