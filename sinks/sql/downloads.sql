-- What the newest export of each day says.
SELECT
    store,
    account,
    day,
    toString(division) AS division,
    toInt64(version) AS version,
    app,
    country,
    downloads,
    redownloads,
    updates
FROM downloads FINAL
WHERE (store, account, day, division, version) IN (
    SELECT store, account, day, division, max(version) FROM downloads GROUP BY store, account, day, division
)
ORDER BY store, account, day, division, app, country
