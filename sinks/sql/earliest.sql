-- The first second there is; NULL: there is none.
SELECT toInt64(minOrNull(second)) AS second FROM levels
