-- Who may do what on a ClickHouse server: who writes cannot be asked by a dashboard, and who asks can change nothing
-- and cannot take the server from those who count. Replace the passwords, and `penonton` if the database has another
-- name. Safe to run twice; run by an administrator, as `clickhouse client --queries-file users.sql`.

-- Who reads: dashboards and people. 2: may set how an answer comes, as Grafana and drivers do, and change nothing.
-- MIN 1: 0 would be no limit. Grafana's driver asks for the time that Grafana waits, 60 s, and 5 more.
CREATE SETTINGS PROFILE IF NOT EXISTS penonton_reader SETTINGS
    readonly = 2 CONST,
    max_execution_time = 60 MIN 1 MAX 65, -- s
    max_memory_usage = 4000000000 MIN 1 MAX 4000000000, -- bytes a query
    max_threads = 4 MIN 1 MAX 4;
CREATE USER IF NOT EXISTS penonton_reader IDENTIFIED BY 'change me' SETTINGS PROFILE penonton_reader;
GRANT SELECT ON penonton.* TO penonton_reader;

-- Who counts: `penonton worker` and `penonton serve`.
CREATE USER IF NOT EXISTS penonton_writer IDENTIFIED BY 'change me';
GRANT SELECT, INSERT ON penonton.* TO penonton_writer;

-- Who changes tables: `penonton migrate`, and `penonton backfill`, which computes in tables of its own.
CREATE USER IF NOT EXISTS penonton_operator IDENTIFIED BY 'change me';
GRANT SELECT, INSERT, ALTER, CREATE TABLE, DROP TABLE ON penonton.* TO penonton_operator;
