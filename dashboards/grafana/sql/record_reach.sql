SELECT max(reach) AS "reach of a day" FROM days FINAL WHERE zone = ${zone:sqlstring} AND channel = '*'
