"""The command line of the comparison."""

from __future__ import annotations

import pytest

from benchmarks.ingest import arguments
from benchmarks.scenarios import Plan, shortened


def test_contestants_run_in_their_own_order() -> None:
    assert arguments(["--contestants", "direct,headwater"]).contestants == ("headwater", "direct")


def test_unknown_contestant_is_refused_with_the_known_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--contestants", "flink"])
    assert "headwater, spark, direct" in capsys.readouterr().err


def test_what_is_not_given_stays_as_planned() -> None:
    assert shortened(Plan(), seconds=5, records=None) == Plan(seconds=5)
