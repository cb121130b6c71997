"""What is random in tests: another search at each run, and the same one in CI.

What lands must not hang on a search that found something today which it did not find yesterday;
who searches does so at will, here, and a find is mended with a test of its own.
"""

import os
import time
from typing import Final

SAME: Final = bool(os.environ.get("CI"))


def seed(name: str) -> int:
    """The seed that the environment's `name` gives, or one of this run's own."""
    return int(os.environ.get(name, 1 if SAME else time.time_ns() % 1_000_000))
