"""What the stack runs but does not carry: Java, from the machine, and the programs inside Python packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from include.declared_settings import Reader, read, setting
from local.errors import MissingTool

JAVA_AT_LEAST = 17


@dataclass(frozen=True)
class MachineSettings:
    """Programs of the machine that a stack uses."""

    java_home: str = setting("JAVA_HOME", "", "a Java 17 or newer", Reader.STACK, unset="`java` on PATH")
    path: str = setting("PATH", os.defpath, "where programs are", Reader.STACK)
    python: str = setting(
        "PYTHON", "", "the Python 3.11 to 3.13 that `make` makes its environment with", Reader.STACK, unset="what is on PATH"
    )
    uv_cache: str = setting("UV_CACHE_DIR", "", "uv's downloads", Reader.STACK, unset="`uv` in HEADWATER_CACHE")
    uv_seconds: int = setting("UV_HTTP_TIMEOUT", 120, "how long uv waits for an answer", Reader.STACK, unit="s", least=1, most=86_400)


def java() -> str:
    """The path of a Java 17 or newer: that of JAVA_HOME, else that on PATH."""
    home = read(MachineSettings, os.environ).java_home
    candidate = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    ways = "Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17"
    fix = f"install a Java {JAVA_AT_LEAST} or newer ({ways}), or set JAVA_HOME"
    if candidate is None or not Path(candidate).exists():
        raise MissingTool("Java is missing", where="JAVA_HOME" if home else "PATH", value=home or None, fix=fix)
    answer = _version(candidate)
    found = re.search(r'version "(\d+)(?:\.(\d+))?', answer)
    major = int(found[2] or 0) if found and found[1] == "1" else int(found[1]) if found else 0
    if major < JAVA_AT_LEAST:
        raise MissingTool(f"Java {JAVA_AT_LEAST} or newer is needed", where=candidate, value=answer.splitlines()[:1], fix=fix)
    return candidate


def java_version() -> str:
    """What the Java says of itself: version, build and make, a line each."""
    return _version(java())


def _version(java: str) -> str:
    # Options in the environment are not the Java: it would tell of them, and of itself in another way.
    bare = {name: value for name, value in os.environ.items() if name not in ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")}
    return subprocess.run([java, "-version"], env=bare, capture_output=True, text=True, check=False).stderr.strip()


def java_home() -> Path:
    return Path(java()).resolve().parent.parent


def package_directory(name: str) -> Path:
    """Where the package is installed, found without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise MissingTool("a package is not installed", where=name, fix="run `make up`, which makes the environment")
    return Path(spec.origin).parent
