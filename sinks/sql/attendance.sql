SELECT DISTINCT channel, viewer, session
FROM attendance
WHERE zone = {zone:String} AND day = {day:Date}
