-- What stood in [first, end) becomes nobody, save what was shown; what is in {restated} takes its place, whole, in
-- partition 0. One statement, so that no reader finds the one without the other.
INSERT INTO levels (second, channel, partition, viewers, sessions, shown_viewers, version)
SELECT
    second,
    channel,
    partition,
    sum(viewers),
    sum(sessions),
    max(shown_viewers),
    {version:UInt64}
FROM (
    SELECT second, channel, partition, 0 AS viewers, 0 AS sessions, shown_viewers
    FROM levels FINAL
    WHERE second >= {first:UInt32} AND second < {end:UInt32}
    UNION ALL
    SELECT second, channel, partition, viewers, sessions, NULL AS shown_viewers
    FROM {restated:Identifier}
    WHERE second >= {first:UInt32} AND second < {end:UInt32}
)
GROUP BY second, channel, partition
