-- When and where there are reports of the viewers in {who}: first and last (s) in each quarter of an hour.
SELECT
    channel,
    toInt64(min(toUnixTimestamp64Milli(t))) AS first,
    toInt64(max(toUnixTimestamp64Milli(t))) AS last
FROM reports
WHERE viewer IN (SELECT viewer FROM {who:Identifier})
GROUP BY channel, intDiv(toUnixTimestamp64Milli(t), 900000)
