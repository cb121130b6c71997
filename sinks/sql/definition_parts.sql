-- The definition, part 2, for a day that is too large for one query: the changes of some viewers, to be added up with
-- those of the others.
SELECT
    channel,
    second,
    viewers,
    sessions,
    toInt64(reach) AS reach,
    toInt64(attended) AS attended
FROM changes
