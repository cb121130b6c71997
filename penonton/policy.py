"""What the collector takes and the pages allow, by the settings."""

from dashboards.web.policy import Policy as PagePolicy
from dashboards.web.shown import ShownPolicy
from ingest.collector import Policy
from ingest.quarantine import Quarantine
from penonton.id_key import identity
from penonton.settings import Settings


def showing(settings: Settings) -> PagePolicy:
    """What the pages allow."""
    return PagePolicy(
        zone=settings.zones[0], day_starts=settings.day_starts, shown=shown_elsewhere(settings)
    )


def shown_elsewhere(settings: Settings) -> ShownPolicy:
    """How the live number is shown on other people's pages."""
    return ShownPolicy(
        nearest=settings.shown_nearest,
        digits=settings.shown_digits,
        delay=settings.shown_delay,
        minimum=settings.shown_minimum,
    )


def collecting(settings: Settings) -> Policy:
    """The collector's policy."""
    return Policy(
        rules=settings.rules,
        identity=identity(settings),
        default_channel=settings.default_channel,
        max_channels=settings.max_channels,
        allowed_origins=settings.allowed_origins,
        max_body=settings.max_body,
    )


def quarantine_of(settings: Settings, *, make: bool = True) -> Quarantine:
    """The quarantine of the collector with this data folder; `make` False: only to look at it."""
    age = settings.quarantine_days * 86_400_000
    return Quarantine(settings.data / "quarantine", age=age, make=make)
