"""What has to be right before anything is started: Java, disk and ports."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping

from include.errors import SettingsError
from local import ports, processes, tools
from local.errors import DiskFull
from local.parts.part import KINDS, pid_file
from local.settings import LocalSettings

_IN_JAVA = {"kafka", "spark-connect"}


def check(settings: LocalSettings, parts: Iterable[str]) -> None:
    """MissingTool, DiskFull or PortTaken when one of the parts could not run. What runs already has its ports."""
    absent = [name for name in parts if processes.read_pid(pid_file(settings, name)) is None]
    if _IN_JAVA.intersection(absent):
        tools.java()
    require_disk(settings)
    for name in absent:
        for setting, port in KINDS[name].port_settings(settings):
            ports.require_free(port, part=name, setting=setting)


def require_usable(environment: Mapping[str, str]) -> None:
    """SettingsError for a value that a part or a task could not use: better before anything is started than minutes later, in a log."""
    from local.settings_page import sections

    for *_, own in sections():
        for each in own:
            each.given(environment)


def require_same_ports(settings: LocalSettings) -> None:
    """SettingsError when a part that runs has another port, asks another API, or has or lacks the database for published gold, unlike what
    is asked for now."""
    started_with = settings.remembered_ports()
    asked = started_with.get("CRYPTO_API_URL", settings.crypto_api_url)
    if asked != settings.crypto_api_url and processes.read_pid(pid_file(settings, "crypto-poller")):
        raise SettingsError(
            f"crypto-poller runs already, and asks {asked or 'the stand-in'}",
            where="CRYPTO_API_URL",
            value=settings.crypto_api_url,
            fix="`headwater down --only crypto` first",
        )
    served = started_with.get("HEADWATER_SERVING", "0")
    if served != str(int(settings.serving)) and processes.read_pid(pid_file(settings, "airflow-scheduler")):
        raise SettingsError(
            f"Airflow runs already, {'with' if served == '1' else 'without'} the connection headwater_serving",
            where="HEADWATER_SERVING",
            value=int(settings.serving),
            fix="leave the setting out, or `make down` first",
        )
    for name in KINDS:
        if processes.read_pid(pid_file(settings, name)) is None:
            continue
        for setting, port in KINDS[name].port_settings(settings):
            if started_with.get(setting, str(port)) != str(port):
                raise SettingsError(
                    f"{name} runs already, on port {started_with[setting]}",
                    where=setting,
                    value=port,
                    fix="leave the setting out, or `make down` first",
                )


def require_disk(settings: LocalSettings) -> None:
    """DiskFull when there is less free disk than the setting asks for, where the data or the cache is."""
    for path in (settings.home, settings.cache):
        path.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path).free // 1_000_000
        if free < settings.free_disk_mb:
            raise DiskFull(
                f"{free} MB of disk are free and {settings.free_disk_mb} MB are asked for",
                where=str(path),
                fix="make room (`make clean` removes this stack's data), or set HEADWATER_HOME, HEADWATER_CACHE or HEADWATER_FREE_DISK_MB",
            )
