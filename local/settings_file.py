"""Settings that stay: <HEADWATER_HOME>/settings.env, which whoever runs a stack may write. The environment wins over it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from include.declared_settings import refuse_unknown_names
from include.errors import SettingsError
from local import envfile
from local.settings import home_of

_READ_BEFORE = ("HEADWATER_HOME", "HEADWATER_CACHE", "XDG_CACHE_HOME", "PYTHON")  # by whoever looks for this file, or makes .venv


def settings_file(environment: Mapping[str, str]) -> Path:
    return home_of(environment) / "settings.env"


def given_in_file(environment: Mapping[str, str]) -> dict[str, str]:
    """The file's variables that the environment does not have; none without a file. Raises SettingsError for a line that is none, for a
    name of ours that nobody reads, and for one that is read before this file is."""
    path = settings_file(environment)
    found = envfile.read(path)
    for name in found:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise SettingsError("a line is no setting", where=str(path), value=name, fix="NAME=value, or # and a remark")
        if name in _READ_BEFORE:
            raise SettingsError("this is read before the file is", where=str(path), value=name, fix="export it in your shell instead")
    refuse_unknown_names(found, where=str(path))
    already = {name for name, value in environment.items() if value.strip()}
    return {name: value for name, value in found.items() if name not in already}
