"""How much room is left where the stack keeps its data and Airflow its own: a full disk stops all of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from include.errors import SettingsError
from include.watch.signals import Signal

LIMIT, DEFAULT_MEGABYTES = "HEADWATER_FREE_DISK_MB", "2048"  # below which `headwater up` refuses to start, too
FOLDERS = "HEADWATER_WATCHED_FOLDERS"
_HOMES = ("AIRFLOW_HOME", "HEADWATER_HOME")


def of_disks(environment: Mapping[str, str] = os.environ) -> list[Signal]:
    """One signal for the volumes of the watched folders (separated by `:`; by default Airflow's home and the stack's) that have less room
    than the limit, or than twice that: a warning. Raises SettingsError for a folder that is not there, or a limit that is no number."""
    limit = environment.get(LIMIT) or DEFAULT_MEGABYTES
    if not limit.isdigit():
        raise SettingsError("the limit is no whole number of MB", where=LIMIT, value=limit, fix=f"such as {DEFAULT_MEGABYTES}")
    short = {folder: free for folder, free in _free_megabytes(environment).items() if free < 2 * int(limit)}
    if not short:
        return []
    told = "; ".join(f"{folder}: {free:,} MB free, at least {int(limit):,} are needed" for folder, free in short.items())
    fix = "make room; docs/runbook.md, *A disk fills*, says what grows"
    severity = "critical" if min(short.values()) < int(limit) else "warning"
    return [Signal("disk", severity, "a disk fills", ", ".join(short), told, fix)]


def _free_megabytes(environment: Mapping[str, str]) -> dict[str, int]:
    """Folder → free MB, once for each volume."""
    named = [folder for folder in environment.get(FOLDERS, "").split(":") if folder]
    homes = [environment[name] for name in _HOMES if environment.get(name)]
    found: dict[int, tuple[str, int]] = {}
    for folder in named or homes:
        try:
            found.setdefault(os.stat(folder).st_dev, (folder, shutil.disk_usage(folder).free // 1_000_000))
        except FileNotFoundError as error:
            raise SettingsError("there is no such folder", where=FOLDERS, value=folder, fix="name folders of this machine") from error
    return dict(found.values())
