from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from local.graph import Task, run_all
from local.progress import Progress, Step


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(said: io.StringIO) -> Progress:
    return Progress(Console(file=said, width=200))


def test_a_task_begins_when_all_it_needs_is_done(progress: Progress) -> None:
    done: list[str] = []
    tasks = [
        Task("c", lambda _: done.append("c"), needs=("a", "b")),
        Task("b", lambda _: done.append("b"), needs=("a",)),
        Task("a", lambda _: done.append("a"), needs=("nobody bears this name",)),
    ]
    run_all(tasks, progress)
    assert done == ["a", "b", "c"]


def test_tasks_that_need_nothing_of_each_other_run_at_once(progress: Progress) -> None:
    meeting = threading.Barrier(2, timeout=20)
    run_all([Task(name, lambda _: meeting.wait() and None) for name in "ab"], progress)


def test_after_a_failure_nothing_is_begun_and_what_runs_is_waited_for(progress: Progress) -> None:
    done: list[str] = []
    let_go = threading.Event()

    def fail(_: Step) -> None:
        raise ValueError("no")

    def slow(_: Step) -> None:
        let_go.wait(20)
        done.append("slow")

    tasks = [Task("bad", fail), Task("slow", slow), Task("after bad", lambda _: done.append("x"), needs=("bad",)),
             Task("after slow", lambda _: done.append("y"), needs=("slow",))]  # fmt: skip
    with pytest.raises(ValueError, match="no"):
        run_all(tasks, progress, on_failure=let_go.set)
    assert done == ["slow"]


def test_tasks_that_wait_for_each_other_are_an_error(progress: Progress) -> None:
    tasks = [Task("a", lambda _: None, needs=("b",)), Task("b", lambda _: None, needs=("a",))]
    with pytest.raises(RuntimeError, match="wait for each other: a, b"):
        run_all(tasks, progress)


def test_each_step_is_told_with_its_time_and_its_outcome(progress: Progress, said: io.StringIO) -> None:
    def nothing_to_do(step: Step) -> None:
        step.skipped, step.note = True, "52 jars"

    def fail(_: Step) -> None:
        raise ValueError("no")

    run_all([Task("jars of spark", nothing_to_do), Task("kafka", lambda _: None)], progress)
    with pytest.raises(ValueError, match="no"):
        run_all([Task("minio", fail)], progress)
    told = {line.split("  ")[1].strip(): line for line in said.getvalue().splitlines()}
    assert "as it was  52 jars" in told["jars of spark"]
    assert "0.0 s  ok" in told["kafka"]
    assert "failed" in told["minio"]
