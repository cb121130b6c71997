-- Stretches that reach into [first, end).
SELECT
    toInt64(partitions) AS partitions,
    toInt64(partition) AS partition,
    toInt64(heard.first) AS first,
    toInt64(heard.end) AS end
FROM heard FINAL
WHERE heard.first < {end:UInt32} AND heard.end > {first:UInt32}
