-- When the oldest and the newest report were, in ms since the epoch; both are in the index of parts.
SELECT toInt64(count()) AS reports, toUnixTimestamp64Milli(min(t)) AS oldest, toUnixTimestamp64Milli(max(t)) AS newest
FROM reports
