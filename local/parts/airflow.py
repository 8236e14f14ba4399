"""Airflow: scheduler, dag-processor, triggerer and API server as four processes, so that each can be seen, stopped and restarted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from include.declared_settings import read
from local import airflow_connections
from local.airflow_api import health
from local.credentials import AIRFLOW_USERNAME
from local.errors import PartFailed
from local.launch import last_lines
from local.parts import postgres
from local.parts.part import Part, log_file, pid_file
from local.settings import REPOSITORY
from local.stack import Stack
from local.tools import MachineSettings

# The part's name, and the name of its component in Airflow's health report.
COMPONENTS = {
    "airflow-api-server": ("api-server", None),
    "airflow-scheduler": ("scheduler", "scheduler"),
    "airflow-dag-processor": ("dag-processor", "dag_processor"),
    "airflow-triggerer": ("triggerer", "triggerer"),
}
_ARGUMENTS = {"scheduler": ("--skip-serve-logs",), "triggerer": ("--skip-serve-logs",)}


def prepare(stack: Stack) -> bool:
    """Write the password file, and bring the metadata tables to this Airflow's version, unless they are there; whether they had to be."""
    directory = _directory(stack)
    directory.mkdir(parents=True, exist_ok=True)
    passwords = _passwords(stack)
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({AIRFLOW_USERNAME: stack.credentials.airflow_password}) + "\n")
    migrated = directory / "migrated"
    if migrated.exists() and migrated.read_text() == version("apache-airflow"):
        return False
    log = log_file(stack.settings, "airflow-migrate")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [*_airflow(), "db", "migrate"],
            env=environment(stack),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        raise PartFailed(
            "Airflow's metadata tables cannot be made", where=f"log: {log}", fix=f"the log says, at its end:\n{last_lines(log)}"
        )
    migrated.write_text(version("apache-airflow"))
    return True


def part(stack: Stack, name: str) -> Part:
    command, _ = COMPONENTS[name]
    url = stack.credentials.client_environment(stack.settings)["AIRFLOW_URL"]
    return Part(
        name=name,
        command=(*_airflow(), command, *_ARGUMENTS.get(command, ())),
        environment=environment(stack),
        answers=lambda: _answers(stack, name, url),
        directory=_directory(stack),
    )


def history(stack: Stack) -> Part:
    """What deletes old runs."""
    settings = stack.settings
    kept = ("--busy-days", str(settings.busy_runs_keep_days), "--days", str(settings.runs_keep_days), "--logs", str(_logs(stack)))
    command = (sys.executable, "-m", "local.airflow_history", *kept)
    # From the repository: `local` is a package of it.
    return Part(name="airflow-history", command=command, environment=environment(stack), directory=REPOSITORY)


def environment(stack: Stack) -> dict[str, str]:
    """What each Airflow process gets: the stack's client variables, Airflow's settings and its connections."""
    settings, secrets = stack.settings, stack.credentials
    directory, logs = _directory(stack), _logs(stack)
    url = f"http://127.0.0.1:{settings.ports.airflow}"
    options = {
        "CORE__DAGS_FOLDER": REPOSITORY / "dags",
        "CORE__PLUGINS_FOLDER": REPOSITORY / "plugins",
        "CORE__LOAD_EXAMPLES": False,
        # `up` unpauses each when what it needs is there; a schedule that began before the topics exist would fail its first runs.
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": True,
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": settings.airflow_parallelism,
        "CORE__FERNET_KEY": secrets.airflow_fernet_key,
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{AIRFLOW_USERNAME}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": _passwords(stack),
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": False,
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        # The default asks the name service for a full name, which takes seconds where there is none.
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "API__HOST": "127.0.0.1",
        "API__PORT": settings.ports.airflow,
        "API__BASE_URL": url,
        "API__SECRET_KEY": secrets.airflow_api_secret,
        "API_AUTH__JWT_SECRET": secrets.airflow_jwt_secret,
        "DATABASE__SQL_ALCHEMY_CONN": postgres.address(stack, driver="psycopg2"),
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": postgres.address(stack, driver="asyncpg"),
        "LOGGING__BASE_LOG_FOLDER": logs,
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": logs / "dag_processor",
        "LOGGING__COLORED_CONSOLE_LOG": False,
        "SCHEDULER__CATCHUP_BY_DEFAULT": False,
        # A changed file is seen within 10 s; an unchanged one is read again every two minutes, for its contracts may have changed.
        "DAG_PROCESSOR__REFRESH_INTERVAL": 10,
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 120,
        "DAG_PROCESSOR__PRINT_STATS_INTERVAL": 0,
    }
    airflow = {f"AIRFLOW__{name}": str(value) for name, value in options.items()}
    path = os.pathsep.join((str(Path(sys.executable).parent), read(MachineSettings, os.environ).path))
    place = {"AIRFLOW_HOME": str(directory), "PATH": path, "PYTHONUNBUFFERED": "1"}
    return {**stack.client_environment(), **airflow, **airflow_connections.environment(stack), **place}


def _answers(stack: Stack, name: str, url: str) -> bool:
    report = health(url)
    component = COMPONENTS[name][1]
    if component is None or not report:
        return bool(report)
    part_health = report.get(component) or {}
    beat = part_health.get(f"latest_{component}_heartbeat")
    if part_health.get("status") != "healthy" or not beat:
        return False
    # The heartbeat of one that was killed a moment ago still counts as healthy.
    born = pid_file(stack.settings, name).stat().st_mtime
    return datetime.fromisoformat(beat).astimezone(UTC).timestamp() >= born


def _airflow() -> tuple[str, ...]:
    return (sys.executable, "-m", "airflow")


def _directory(stack: Stack) -> Path:
    return stack.settings.data / "airflow"


def _logs(stack: Stack) -> Path:
    return stack.settings.logs / "airflow"


def _passwords(stack: Stack) -> Path:
    return _directory(stack) / "passwords.json"
