"""Files as Google Play Console and App Store Connect write them, with the figures a test says."""

import calendar
import datetime as dt
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKAGE = "id.example.tv"
APPLE_ID = "1234567890"
VENDOR = "85012345"

# As in exports of 2026: "Package name" with a small n; since July 2018 the total is always 0.
GOOGLE = (
    "Date,Package name{},Daily Device Installs,Daily Device Uninstalls,Daily Device Upgrades,"
    "Total User Installs,Daily User Installs,Daily User Uninstalls,Active Device Installs,"
    "Install events,Update events,Uninstall events"
)
APPLE = (
    "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tVersion\tProduct Type Identifier\tUnits\t"
    "Developer Proceeds\tBegin Date\tEnd Date\tCustomer Currency\tCountry Code\t"
    "Currency of Proceeds\tApple Identifier\tCustomer Price\tPromo Code\tParent Identifier\t"
    "Subscription\tPeriod\tCategory\tCMB\tDevice\tSupported Platforms\tProceeds Reason\t"
    "Preserved Pricing\tClient\tOrder Type"
)


def month(year: int, number: int) -> list[dt.date]:
    days = calendar.monthrange(year, number)[1]
    return [dt.date(year, number, day + 1) for day in range(days)]


def google_line(day: dt.date, installs: int | str, country: str | None = None) -> str:
    place = "" if country is None else f",{country}"
    if installs == "":
        return f"{day},{PACKAGE}{place},,,,,,,14,,,"
    return f"{day},{PACKAGE}{place},{installs},3,0,0,{installs},2,9000,{installs},41,5"


def overview(folder: Path, installs: Mapping[dt.date, int | str]) -> Path:
    """The month's overview."""
    path = folder / f"installs_{PACKAGE}_{min(installs):%Y%m}_overview.csv"
    lines = [google_line(day, count) for day, count in installs.items()]
    return google_file(path, [GOOGLE.format(""), *lines])


def countries(folder: Path, installs: Mapping[tuple[dt.date, str], int | str]) -> Path:
    """The month's countries."""
    path = folder / f"installs_{PACKAGE}_{min(installs)[0]:%Y%m}_country.csv"
    lines = [google_line(day, count, country) for (day, country), count in installs.items()]
    return google_file(path, [GOOGLE.format(",Country"), *lines])


def google_file(path: Path, lines: Sequence[str], encoding: str = "utf-16") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + "\n" for line in lines).encode(encoding))
    return path


def apple_line(
    day: dt.date, units: object, kind: str = "1F", country: str = "ID", app: str = APPLE_ID
) -> str:
    return (
        f'APPLE\tUS\ttv-app\tSecretariat\tTV "Live"\t2.4\t{kind}\t{units}\t0.00\t{day:%m/%d/%Y}\t'
        f"{day:%m/%d/%Y}\tIDR\t{country}\tIDR\t{app}\t0.00\t \t\t\t\tNews\t\tiPhone\tiOS\t\t\t\t"
    )


def sales(folder: Path, day: dt.date, lines: Sequence[str]) -> Path:
    """The day's summary sales report."""
    path = folder / f"S_D_{VENDOR}_{day:%Y%m%d}.txt.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(line + "\n" for line in [APPLE, *lines])
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return path
