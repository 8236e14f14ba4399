"""Which model serves: one pointer, changed by whoever saw what it said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include import models
from include.settings import LakeSettings
from tests.s3 import s3


@pytest.fixture
def lake() -> Iterator[LakeSettings]:
    with s3() as store:
        yield store.lake


def test_nothing_serves_at_first(lake: LakeSettings) -> None:
    assert models.serving(lake, "m") is None


def test_of_two_that_saw_the_same_one_is_replaced(lake: LakeSettings) -> None:
    first = [models.serve(lake, "m", version, None) for version in ("v1", "v2")]
    seen = models.serving(lake, "m")
    second = [models.serve(lake, "m", version, seen) for version in ("v3", "v4")]
    found = models.serving(lake, "m")
    assert (first, second, found and found.version) == ([True, False], [True, False], "v3")


def test_a_model_stays_as_it_was_first_kept(lake: LakeSettings) -> None:
    for number in (1, 2):
        models.keep(lake, "m", "v1", {"number": number})
    assert models.load(lake, "m", "v1") == {"number": 1}
