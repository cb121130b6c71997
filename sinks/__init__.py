"""Where results land: ClickHouse (server or chDB) and Prometheus."""
