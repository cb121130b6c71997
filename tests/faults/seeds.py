"""What is random here is printed, and can be given."""

import os

from tests.luck import seed

SEED = seed("FAULT_SEED")
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
LONG = bool(os.environ.get("FAULT_LONG"))
"""Faults of a minute, as they are in life, and not of some seconds."""


def told() -> int:
    """The seed, which is printed: pytest shows it where a test fails."""
    print(f"FAULT_SEED={SEED} FAULT_ROUNDS={ROUNDS}")
    return SEED
