-- The definition, version 1, part 1: what changes when. `definition_levels.sql` or `definition_figures.sql` goes on
-- from here; together they are one query. It answers the same as audience/definition.py, whose rules are cited.
--   {reports}     a table shaped like `reports`; duplicates and any order are fine
--   {first} {end} the seconds asked for, [first, end) in s since the epoch
--   {bridge}      the longest bridge, in ms
--   {low} {high}  the viewers asked for, both included, in hex: each viewer counts alone, so changes of some viewers and
--                 of the others add up to those of all
--   {kinds}       the kinds of channels that have one, as `channel=*kind,channel=*kind`
WITH
arrayMap(pair -> splitByChar('=', pair), splitByChar(',', {kinds:String})) AS kinds,
-- Rule 1: a session's reports in the total order, equal ones once. What is asked for depends on the reports up to one
-- bridge before it, their states on the report up to one bridge before those, and their ends on one bridge after.
playbacks AS (
    SELECT
        viewer,
        session,
        arrayCompact(arraySort(groupArray((
            toUnixTimestamp64Milli(t) AS ms,
            seq,
            state,
            toString(channel),
            interval,
            if(playhead < 0, -1., playhead)
        )))) AS said
    FROM {reports:Identifier}
    WHERE t >= fromUnixTimestamp64Milli({first:Int64} * 1000 - 2 * {bridge:Int64}, 'UTC')
      AND t < fromUnixTimestamp64Milli({end:Int64} * 1000 + {bridge:Int64}, 'UTC')
      AND viewer BETWEEN toFixedString(unhex({low:String}), 16) AND toFixedString(unhex({high:String}), 16)
    GROUP BY viewer, session
),
-- Each report beside the one before (a report of interval 0 and long ago where there is none) and the time of the next.
reports_in_place AS (
    SELECT
        viewer,
        session,
        report.1 AS t,
        report.3 AS state,
        report.4 AS channel,
        report.5 AS interval,
        report.6 AS playhead,
        previous.1 + 3 * previous.5 AS previous_bridged,
        previous.3 AS previous_state,
        previous.6 AS previous_playhead,
        next_t
    FROM playbacks
    ARRAY JOIN
        said AS report,
        arrayPushFront(
            arrayPopBack(said),
            CAST((-1000000000000000, 0, 'unnamed', '', 0, -1.), toTypeName(said[1]))
        ) AS previous,
        arrayPushBack(arrayPopFront(said.1), 9000000000000000) AS next_t
),
-- Rules 2 and 3, in whole seconds (rule 5: the first one at or after an instant).
watches AS (
    SELECT
        viewer,
        session,
        channel,
        greatest(intDiv(t + 999, 1000), {first:Int64}) AS start,
        least(
            intDiv(if(next_t < t + 3 * interval, next_t, t + intDiv(interval, 2)) + 999, 1000),
            {end:Int64}
        ) AS stop
    FROM reports_in_place
    WHERE start < stop
      AND multiIf(
            state != 'unnamed', state,
            t >= previous_bridged, 'playing',
            playhead < 0 OR previous_playhead < 0, if(previous_state = 'unnamed', 'playing', previous_state),
            playhead != previous_playhead, 'playing',
            if(previous_state = 'unnamed', 'paused', previous_state)
          ) IN ('playing', 'seeking', 'rebuffering', 'waiting')
),
-- Rule 4: of each viewer and channel (or kind, or `*`) the seconds at which a session starts or stops, in order. Stops are even,
-- starts odd: one integer sorts faster than a pair.
audience AS (
    SELECT
        viewer,
        arrayJoin(arrayFilter(
            name -> name != '',
            [channel, transform(channel, arrayMap(pair -> pair[1], kinds), arrayMap(pair -> pair[2], kinds), ''), '*']
        )) AS channel,
        uniqExact(session) AS sessions,
        arraySort(arrayConcat(groupArray(2 * start + 1), groupArray(2 * stop))) AS events,
        arrayCumSum(arrayMap(e -> if(e % 2 = 1, 1, -1), events)) AS watching
    FROM watches
    GROUP BY viewer, channel
),
-- By how much viewers and sessions of a channel change at a second. At the first second stand also reach and sessions of
-- all seconds together (rule 6): they are counted from the same rows, so the reports are read once.
changes AS (
    SELECT
        channel,
        change.1 AS second,
        sum(change.2) AS viewers,
        sum(change.3) AS sessions,
        sum(change.4) AS reach,
        sum(change.5) AS attended
    FROM (
        SELECT
            channel,
            arrayJoin(arrayPushBack(
                arrayMap(
                    (e, now, before) -> (
                        intDiv(e, 2), toInt64(now > 0) - toInt64(before > 0), now - before, toUInt64(0), toUInt64(0)
                    ),
                    events, watching, arrayPushFront(arrayPopBack(watching), 0)
                ),
                ({first:Int64}, 0, 0, 1, sessions)
            )) AS change
        FROM audience
    )
    GROUP BY channel, second
),
-- From change to change the numbers stand still.
runs AS (
    SELECT
        channel,
        second AS start,
        leadInFrame(second, 1, second) OVER all AS stop,
        sum(viewers) OVER so_far AS viewers,
        sum(sessions) OVER so_far AS sessions,
        reach,
        attended
    FROM changes
    WINDOW
        all AS (PARTITION BY channel ORDER BY second ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
        so_far AS (PARTITION BY channel ORDER BY second ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
