"""How good the alerts on viewership are, on made-up weeks: `python -m bench.alerts`."""
