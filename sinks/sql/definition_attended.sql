-- The definition, part 2: who watched at least a second of [first, end), as rows of `attendance`.
SELECT DISTINCT {zone:String} AS zone, {day:Date} AS day, channel, viewer, session
FROM watches
