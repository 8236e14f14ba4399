"""The containers of docker-compose.yml as a person has them: a project of its own, free ports, secrets in a folder of the test's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import envfile
from local.containers import secrets
from local.ports import free_ports
from local.settings import REPOSITORY

PORTS = sorted(set(re.findall(r"\$\{(HEADWATER_\w+_PORT)", (REPOSITORY / "docker-compose.yml").read_text())))
# The program that tini runs; the restart policy brings the container back.
CRASH = "kill -9 $(cat /proc/1/task/1/children)"


def why_no_engine() -> str:
    """What stands in the way of containers here; empty where nothing does."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    for command in (["docker", "version"], ["docker", "compose", "version"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"`{' '.join(command)}` says: {(done.stderr or done.stdout).strip().splitlines()[-1:]}"
    return ""


class Containers:
    """One Compose project. What `compose` runs raises CalledProcessError with what it printed, unless told not to check."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = f"headwater-test-{uuid.uuid4().hex[:8]}"
        self._env_file = folder / ".env"
        ports = {name: str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
        envfile.write(self._env_file, ports | {"HEADWATER_TAG": "test"}, title="Of a test.")
        _, client = secrets.write(folder, {})
        self.client: Mapping[str, str] = envfile.read(client)
        self.secrets = {name: value for name, value in envfile.read(self._env_file).items() if name not in PORTS and len(value) > 16}
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(("HEADWATER_", "COMPOSE_"))}

    def compose(self, *words: str, seconds: float = 600, check: bool = True) -> str:
        command = ["docker", "compose", "--env-file", str(self._env_file), "--project-name", self.project, *words]
        done = subprocess.run(command, cwd=REPOSITORY, env=self._environment, capture_output=True, text=True, timeout=seconds, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        return done.stdout

    def ids(self) -> dict[str, str]:
        """Container by name (service and number): its id."""
        lines = self.compose("ps", "--all", "--format", "{{.Name}} {{.ID}}").splitlines()
        return {name.removeprefix(f"{self.project}-"): ident for name, ident in (line.split() for line in lines)}

    def port(self, setting: str) -> str:
        return envfile.read(self._env_file)[setting]

    def is_well(self, ident: str) -> bool:
        return inspect(ident)["State"].get("Health", {}).get("Status") == "healthy"

    def crash(self, ident: str, seconds: float = 300) -> float:
        """Kills the container's program, and waits until the restart policy has brought it back and it is healthy; how long that took."""
        before, began = inspect(ident)["RestartCount"], time.monotonic()
        subprocess.run(["docker", "exec", ident, "sh", "-c", CRASH], capture_output=True, check=False)  # which ends with what it kills
        while not (inspect(ident)["RestartCount"] > before and self.is_well(ident)):
            if time.monotonic() > began + seconds:
                logs = subprocess.run(["docker", "logs", "--tail", "30", ident], capture_output=True, text=True, check=False)
                raise AssertionError(f"not back after {seconds:.0f} s: {inspect(ident)['State']}\n{logs.stdout}\n{logs.stderr}")
            time.sleep(1)
        return time.monotonic() - began


def inspect(ident: str) -> dict[str, Any]:
    done = subprocess.run(["docker", "inspect", ident], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout)[0])


def left_of(project: str) -> list[str]:
    """Containers, volumes and networks of the project."""
    label = ["--filter", f"label=com.docker.compose.project={project}", "--quiet"]
    lists = (["docker", "ps", "--all"], ["docker", "volume", "ls"], ["docker", "network", "ls"])
    return [line for each in lists for line in subprocess.run([*each, *label], capture_output=True, text=True, check=True).stdout.split()]
