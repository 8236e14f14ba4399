"""Which texts are a time is the same with and without Spark."""

from __future__ import annotations

import pytest

from include.times import instant
from tests.jobs.common.test_times import NOT_TAKEN, TAKEN


@pytest.mark.parametrize("text", TAKEN)
def test_iso_text_is_an_instant(text: str) -> None:
    assert instant(text) == TAKEN[text]


@pytest.mark.parametrize("text", NOT_TAKEN)
def test_other_text_is_none(text: str) -> None:
    assert instant(text) is None
