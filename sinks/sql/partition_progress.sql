-- By partition, of names like `{name}/<partition>`.
SELECT toInt64(extract(progress.name, '/([0-9]+)$')) AS partition, argMax(value, version) AS value
FROM progress
WHERE match(progress.name, '^' || {name:String} || '/[0-9]+$')
GROUP BY partition
