"""The log of reports between ingest and streams: encoding, packing, storage."""
