"""The command: settings, serve, simulate, backfill, report."""
