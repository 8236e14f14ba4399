"""Take the stack down: Airflow first, so that nothing is started any more, then the streams, then what they stand on. The data stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection

from include.contracts import load_contracts
from include.errors import HeadwaterError, SettingsError
from include.settings import LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_desired, set_desired
from local import drivers, launch, processes
from local.graph import Task, run_all
from local.lock import exclusive
from local.parts.part import pid_file
from local.progress import Progress, Step
from local.settings import LocalSettings
from local.stack import Stack

_STORES = ("kafka", "minio")
_SENDERS = ("planets-api", "crypto-poller")


def down(stack: Stack, progress: Progress, *, only: Collection[str] | None = None) -> None:
    """Stop exactly what runs of this stack, or only the parts named: then the streams go on, as well as they can."""
    settings = stack.settings
    if not settings.home.exists():
        return
    with exclusive(settings):
        names = [path.stem for path in sorted(settings.run.glob("*.pid"))]
        if only is not None:
            run_all([Task(name, _stopper(settings, name)) for name in names if name in only], progress)
            settings.forget_ports()
            return
        airflow = tuple(name for name in names if name.startswith("airflow-"))
        tasks = [Task(name, _stopper(settings, name), needs=_waits_for(name, airflow)) for name in names]
        if drivers.find(settings) or airflow:
            tasks.append(Task("streams", _drainer(stack), needs=airflow))
        run_all(tasks, progress)
        shutil.rmtree(settings.run / "spark", ignore_errors=True)
        settings.forget_ports()


def clean(stack: Stack, progress: Progress) -> None:
    """Take the stack down and remove all that it kept: data, logs and credentials."""
    home = stack.settings.home
    if not stack.settings.secrets_file.exists():
        if home.exists() and any(home.iterdir()):
            raise SettingsError(
                "this is no stack's directory, nothing is removed", where="HEADWATER_HOME", value=str(home), fix="name the right one"
            )
        return
    down(stack, progress)
    for name in ("data", "logs", "run", "env", "secrets.env"):
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if not any(home.iterdir()):
        home.rmdir()


def _waits_for(name: str, airflow: tuple[str, ...]) -> tuple[str, ...]:
    if name in _STORES:
        return ("streams", *_SENDERS)
    return airflow if name == "postgres" else ()


def _stopper(settings: LocalSettings, name: str) -> Callable[[Step], None]:
    def stop(step: Step) -> None:
        step.skipped = not launch.stop(settings, name)

    return stop


def _drainer(stack: Stack) -> Callable[[Step], None]:
    def drain(step: Step) -> None:
        found = drivers.find(stack.settings)
        drivers.drain(found)
        step.skipped, step.note = not found, f"{len(found)} drained" if found else ""
        if found and processes.read_pid(pid_file(stack.settings, "minio")):
            _let_resume(stack)

    return drain


def _let_resume(stack: Stack) -> None:
    """Say anew that the groups should run: this end was no crash, and the next `up` starts them without waiting."""
    environment = stack.client_environment()
    lake = LakeSettings.from_environment(environment)
    try:
        for group in stream_groups(load_contracts(), environment):
            if read_desired(lake, group).state == "running":
                set_desired(lake, group, "running")
    except HeadwaterError:
        # The store is ill, and `down` must go on: the group then waits for its turn after `up`, as after a crash.
        return
