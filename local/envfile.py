"""KEY=VALUE files that `. file` in a shell and any simple parser read alike: plain values, no quotes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from include.errors import SettingsError

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")


def parse(text: str) -> dict[str, str]:
    """The variables of the text; blank lines and lines that begin with # are left out."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def read(path: Path) -> dict[str, str]:
    """The variables of the file; none when there is no such file."""
    return parse(path.read_text()) if path.exists() else {}


def write(path: Path, values: Mapping[str, str], *, title: str) -> None:
    """Replace the file as a whole, readable by its owner alone. A value that a shell would not take as it is, is refused."""
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            raise SettingsError(
                "a value has a character that a shell would change", where=f"{path}: {name}", fix="use letters, digits and @%+=:,./_-"
            )
    text = f"# {title}\n" + "".join(f"{name}={value}\n" for name, value in values.items())
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
    partial.replace(path)
