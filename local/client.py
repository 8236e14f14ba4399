"""How a command line client gets into the running stack: by <HEADWATER_HOME>/env, from any directory."""

from __future__ import annotations

import os
from collections.abc import Mapping

from include.errors import SettingsError
from include.settings import KafkaSettings, LakeSettings
from local import envfile, ports
from local.settings import LocalSettings


def environment(settings: LocalSettings | None = None) -> dict[str, str]:
    """The caller's environment with the stack's own variables over it. Without a stack, the caller's must name all."""
    settings = settings or LocalSettings.from_environment()
    known = envfile.read(settings.env_file)
    if not known and "LAKE_URI" not in os.environ:
        raise SettingsError(
            "there is no stack here yet", where=str(settings.env_file), fix="`make up` starts one; HEADWATER_HOME names another"
        )
    return {**os.environ, **known}


def running(settings: LocalSettings | None = None) -> dict[str, str]:
    """The same, of a stack that was not taken down."""
    settings = settings or LocalSettings.from_environment()
    found = environment(settings)
    if settings.env_file.exists() and not any(settings.run.glob("*.pid")):
        raise SettingsError("the stack is down", where=str(settings.home), fix="`make up` starts it again, with its data")
    return found


def require(settings: LocalSettings, port: int, what: str) -> None:
    """SettingsError where a part of the stack on this machine does not answer, rather than minutes of waiting for it."""
    if settings.env_file.exists() and not ports.answers(port):
        raise SettingsError(f"{what} is down", where=f"127.0.0.1:{port}", fix="see `headwater status`; `make up` starts it")


def lake(variables: Mapping[str, str] | None = None) -> LakeSettings:
    return LakeSettings.from_environment(variables or running())


def kafka(variables: Mapping[str, str] | None = None) -> KafkaSettings:
    return KafkaSettings.from_environment(variables or running())
