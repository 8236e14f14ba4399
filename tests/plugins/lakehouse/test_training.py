"""Training as a task: what the schedule makes of its outcomes."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from lakehouse import training

from include.settings import LakeSettings


def test_too_little_to_learn_from_skips_the_task_with_the_reason(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeSettings, "from_environment", lambda: lake)
    monkeypatch.setattr(training, "get_current_context", lambda: {"run_id": "manual"})
    with pytest.raises(AirflowSkipException, match=r"there are no planets yet.*run daily_planets"):
        training.train_or_skip(None, 42)  # type: ignore[arg-type]  # no session is asked for anything before there are planets
