"""Grafana's dashboards as code: `python -m dashboards.grafana` writes them to `json/`."""
