"""One frozen settings object, read from environment variables and an optional TOML file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from audience.rules import Rules

PREFIX = "PENONTON_"
CHANNEL = r"^(\*|[a-z0-9][a-z0-9._-]{0,63})$"

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}\Z")]


class InvalidSetting(Exception):
    """A setting must be corrected before anything starts; the message names its key."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting: `PENONTON_<NAME>` in the environment, or `<name>` in the TOML file.

    `PENONTON_CONFIG` names that file. `docs/settings.md` explains each; a test fails when one is
    missing there.
    """

    data: Path = Path("penonton-data")
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    metrics_channels: Annotated[int, Meta(ge=1, le=60_000)] = 1_000
    zones: tuple[str, ...] = ("Asia/Jakarta",)
    day_starts: Annotated[int, Meta(ge=0, le=23)] = 0
    kinds: dict[Name, Name] = {}
    lateness: Annotated[int, Meta(ge=0, le=3_600)] = 120
    max_interval: Annotated[int, Meta(ge=5, le=600)] = 40
    id_key: str | None = None
    default_channel: str = ""
    max_channels: Annotated[int, Meta(ge=1, le=60_000)] = 1_000
    allowed_origins: tuple[str, ...] = ("*",)
    max_body: Annotated[int, Meta(ge=1_024)] = 1_048_576
    log_retention_hours: Annotated[int, Meta(ge=1)] = 48
    retention_months: Annotated[int, Meta(ge=1, le=1_200)] = 13
    quarantine_days: Annotated[int, Meta(ge=1, le=3_650)] = 30
    kafka: str = ""
    topics: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,100}$")] = "penonton"
    partitions: Annotated[int, Meta(ge=1, le=65_536)] = 1
    replication: Annotated[int, Meta(ge=1, le=99)] = 1
    kafka_retention_hours: Annotated[int, Meta(ge=1)] = 48
    kafka_timeout: Annotated[float, Meta(ge=0.5, le=120)] = 5.0
    spool_max_mb: Annotated[int, Meta(ge=1)] = 10_000
    instance: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{0,100}$")] = ""
    poison: Annotated[int, Meta(ge=1, le=101)] = 50
    session_timeout: Annotated[int, Meta(ge=6, le=300)] = 10
    clickhouse: str = ""
    shown_nearest: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    shown_digits: Annotated[int, Meta(ge=0, le=9)] = 0
    shown_delay: Annotated[int, Meta(ge=0, le=3_600)] = 0
    shown_minimum: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    webhook_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    webhook_interval: Annotated[int, Meta(ge=5, le=86_400)] = 60
    webhook_channels: tuple[Annotated[str, Meta(pattern=CHANNEL)], ...] = ("*",)
    webhook_secret: str = ""

    @property
    def rules(self) -> Rules:
        """The rules of counting in the units of `audience`."""
        return Rules(
            lateness=self.lateness * 1000,
            max_interval=self.max_interval * 1000,
            day_starts=self.day_starts,
            kinds=self.kinds,
        )


def load(environment: Mapping[str, str], **overrides: object) -> Settings:
    """The settings from the environment over the TOML file.

    `overrides` that are not None win (the command line). Raises InvalidSetting, naming the key.
    """
    values: dict[str, Any] = {}
    if path := environment.get(PREFIX + "CONFIG"):
        values |= _file(Path(path))
    values |= {
        key.removeprefix(PREFIX).lower(): value
        for key, value in environment.items()
        if key.startswith(PREFIX) and key != PREFIX + "CONFIG"
    }
    for name in ("zones", "allowed_origins", "webhook_channels"):
        if isinstance(values.get(name), str):
            values[name] = [part.strip() for part in values[name].split(",") if part.strip()]
    if isinstance(values.get("kinds"), str):
        values["kinds"] = _pairs("KINDS", values["kinds"])
    values |= {name: value for name, value in overrides.items() if value is not None}
    if unknown := sorted(values.keys() - set(Settings.__struct_fields__)):
        message = f"unknown setting {PREFIX}{unknown[0].upper()}; see docs/settings.md"
        raise InvalidSetting(message)
    return _checked(values)


def _pairs(name: str, text: str) -> dict[str, str]:
    pairs = [part.strip() for part in text.split(",") if part.strip()]
    for pair in pairs:
        if "=" not in pair:
            message = f"{PREFIX}{name}: {pair!r} names no kind; expected channel=kind,channel=kind"
            raise InvalidSetting(message)
    split = (pair.split("=", 1) for pair in pairs)
    return {channel.strip(): kind.strip() for channel, kind in split}


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"{PREFIX}CONFIG: cannot read {path}: {error}"
        raise InvalidSetting(message) from error


def _checked(values: dict[str, Any]) -> Settings:
    for name, value in values.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            message = f"{PREFIX}{name.upper()}: {str(error).split(' - at ')[0]}; got {value!r}"
            raise InvalidSetting(message) from error
    settings = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    for zone in settings.zones:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            message = (
                f"{PREFIX}ZONES: {zone!r} is not a time zone, expected names like Asia/Jakarta"
            )
            raise InvalidSetting(message) from error
    if not settings.zones:
        message = f"{PREFIX}ZONES: at least one time zone is needed"
        raise InvalidSetting(message)
    return settings


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    message = f"expected {kind.__name__}"
    raise NotImplementedError(message)
