"""What holds for every test."""

from hypothesis import HealthCheck, settings

from tests.luck import SAME

pytest_plugins = [
    "tests.browser",
    "tests.kafka.brokers",
    "tests.sinks.engines",
    "tests.backfill.places",
]

# How fast the machine is decides nothing. What failed can be run again from what is printed.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=SAME,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
