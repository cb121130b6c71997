SELECT max(peak_viewers) AS "peak concurrent viewers" FROM days FINAL WHERE zone = ${zone:sqlstring} AND channel = '*'
