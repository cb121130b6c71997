"""How the fold's inner loops become machine code.

They are written report by report, in plain sequential Python, so that they can be read next to the
definition; numba compiles them at first use and keeps the result on disk. numba notices a change
only in the file of the function it was asked for, not in the files that one calls; so the cache has
a folder for each state of all of them together.
"""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function")

_HERE = Path(__file__).parent
_SOURCES = sorted(_HERE.glob("*.py")) + sorted(_HERE.parent.glob("*.py"))
_DIGEST = hashlib.blake2b(
    b"".join(path.read_bytes() for path in _SOURCES), digest_size=8
).hexdigest()

numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]  # numba sets its names at import
    _HERE / "__pycache__" / f"compiled-{_DIGEST}"
)

_options: dict[str, Any] = {"nogil": True, "boundscheck": False, "_nrt": False}


def inner(function: Function) -> Function:
    """Compiled as part of whatever calls it."""
    compiled: Function = numba.njit(**_options)(function)
    return compiled


def entry(function: Function) -> Function:
    """Compiled for calls from Python, and kept on disk."""
    compiled: Function = numba.njit(cache=True, **_options)(function)
    return compiled
