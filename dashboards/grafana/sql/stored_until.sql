SELECT if(name = 'final', 'all', replaceOne(name, 'final/', '')) AS partition, now() - toDateTime(value) AS age
FROM progress FINAL
WHERE name = 'final' OR startsWith(name, 'final/')
ORDER BY partition
