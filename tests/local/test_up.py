"""What `up` says when Airflow's first work does not end well: the stack is not to blame, and stays."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from local import up
from local.credentials import Credentials
from local.errors import AirflowFailed, LocalError
from local.graph import Task
from local.progress import Progress, Step
from local.settings import LocalSettings
from local.stack import Stack
from local.work import Work


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    return Stack(settings, Credentials.load_or_create(settings))


def batch_that_raises(error: BaseException, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def daily(_: Step) -> None:
        raise error

    monkeypatch.setattr(up, "batch_tasks", lambda _: [Task("daily batch", daily)])
    work = Work(stack, None, None, None, None)  # type: ignore[arg-type]  # asked for nothing here
    with Progress(Console(file=io.StringIO())) as progress:
        up._batch(stack, work, progress)


def test_failed_batch_says_that_the_stack_is_up(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowFailed) as raised:
        batch_that_raises(AirflowFailed("the run failed", where="task gold", fix="mend it"), stack, monkeypatch)
    assert raised.value.what == "the stack is up, but its daily batch is not done: the run failed"
    assert raised.value.fix == "mend it"


def test_interrupted_batch_goes_on_and_says_so(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalError, match=r"the stack is up, and the batch goes on.*http://127.0.0.1:8080.*waits for it again"):
        batch_that_raises(KeyboardInterrupt(), stack, monkeypatch)
