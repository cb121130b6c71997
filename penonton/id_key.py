"""The key that ids are hashed with: as it is set, or the data folder's own."""

import os
import secrets
from typing import Final

from ingest.identity import Identity
from penonton.settings import Settings

FILE: Final = "id-key"


def id_key(settings: Settings) -> str:
    """The key as it is set, else that of the data folder, else none. Raises OSError."""
    if settings.id_key is not None:
        return settings.id_key
    path = settings.data / FILE
    return path.read_text().strip() if path.exists() else ""


def identity(settings: Settings) -> Identity:
    """What hashes ids in this installation. Raises OSError."""
    return Identity(id_key(settings))


def make_id_key(settings: Settings) -> None:
    """Gives a data folder a key of its own, if none is set and nothing was counted in it yet.

    Where something was, a key would make every viewer a new one. Raises OSError.
    """
    path = settings.data / FILE
    if settings.id_key is not None or path.exists() or (settings.data / "log").exists():
        return
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
