"""How much room is left where the stack keeps its data and Airflow its own: a full disk stops all of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from include.errors import SettingsError
from include.watch.settings import FOLDERS, DiskSettings
from include.watch.signals import Signal


def of_disks(environment: Mapping[str, str] = os.environ) -> list[Signal]:
    """One signal for the volumes of the watched folders (separated by `:`; by default Airflow's home and the stack's) that have less room
    than the limit, or than twice that: a warning. Raises SettingsError for a folder that is not there, or a limit that is no number."""
    settings = DiskSettings.from_environment(environment)
    limit = settings.free_megabytes
    short = {folder: free for folder, free in _free_megabytes(settings.folders).items() if free < 2 * limit}
    if not short:
        return []
    told = "; ".join(f"{folder}: {free:,} MB free, at least {limit:,} are needed" for folder, free in short.items())
    fix = "make room; docs/runbook.md, *A disk fills*, says what grows"
    severity = "critical" if min(short.values()) < limit else "warning"
    return [Signal("disk", severity, "a disk fills", ", ".join(short), told, fix)]


def _free_megabytes(folders: tuple[str, ...]) -> dict[str, int]:
    """Folder → free MB, once for each volume."""
    found: dict[int, tuple[str, int]] = {}
    for folder in folders:
        try:
            found.setdefault(os.stat(folder).st_dev, (folder, shutil.disk_usage(folder).free // 1_000_000))
        except FileNotFoundError as error:
            raise SettingsError("there is no such folder", where=FOLDERS, value=folder, fix="name folders of this machine") from error
    return dict(found.values())
