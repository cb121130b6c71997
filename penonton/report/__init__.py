"""report: the page a director reads, out of stored days and downloads: docs/report.md."""
