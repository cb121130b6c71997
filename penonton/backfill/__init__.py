"""backfill: figures of past days computed again from reports, compared, and written."""
