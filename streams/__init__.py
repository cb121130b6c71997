"""From the log of reports to levels, totals and storage."""
