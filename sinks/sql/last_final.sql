-- The last day that became final in the course of counting; NULL: there is none.
SELECT maxOrNull(day) AS day FROM days WHERE zone = {zone:String} AND status = 'final'
