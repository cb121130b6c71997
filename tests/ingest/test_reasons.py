"""The reasons of refusal are a bounded set, and its documentation names each with its sentence."""

import re
from pathlib import Path

from ingest.reasons import Reason

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"


def test_every_reason_is_a_word_fit_for_a_label_with_a_sentence() -> None:
    for reason in Reason:
        assert re.fullmatch("[a-z_]+", reason)
        assert re.fullmatch(r"[A-Za-z].+\.", reason.sentence)


def test_the_documentation_names_every_reason_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(reason.value, reason.sentence) for reason in Reason]
