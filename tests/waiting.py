"""Waiting in tests for what happens in another thread or process."""

import time
from collections.abc import Callable


def until(holds: Callable[[], object], patience: float = 30.0) -> None:
    """Returns once it holds; fails after `patience` s."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.005)
