"""Where there must be room, who is told of what is wrong, and who may read the metrics."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.common_settings import FREE_DISK, HOME, METRICS_TOKEN
from include.declared_settings import Reader, declared, read, setting

FOLDERS = "HEADWATER_WATCHED_FOLDERS"


@dataclass(frozen=True)
class DiskSettings:
    """How much room there must be, and where."""

    free_megabytes: int = declared(FREE_DISK)
    watched: tuple[str, ...] = setting(
        FOLDERS,
        (),
        "folders whose volumes are watched for room, separated by `:`",
        Reader.AIRFLOW,
        separator=":",
        unset="those of AIRFLOW_HOME and HEADWATER_HOME",
    )
    airflow_home: Path | None = setting(
        "AIRFLOW_HOME", None, "Airflow's own folder; its volume is watched for room", Reader.AIRFLOW, kind=Path
    )
    home: Path | None = declared(HOME)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> DiskSettings:
        return read(cls, environment)

    @property
    def folders(self) -> tuple[str, ...]:
        return self.watched or tuple(str(home) for home in (self.airflow_home, self.home) if home)


@dataclass(frozen=True)
class MailSettings:
    """Who gets the mails of incidents and of failed tasks. The server and the sender are Airflow's connection `smtp_default`."""

    recipients: tuple[str, ...] = setting(
        "HEADWATER_MAIL_TO",
        ("headwater@localhost",),
        "addresses, separated by commas",
        Reader.AIRFLOW,
        pattern=r"[^@\s]+@[^@\s]+",
        form="addresses such as someone@example.org, separated by commas",
    )


@dataclass(frozen=True)
class MetricsSettings:
    """Who may read the metrics."""

    token: str = declared(METRICS_TOKEN)


@dataclass(frozen=True)
class GrafanaSettings:
    """What the files of docker/grafana/provisioning ask of Grafana's environment."""

    dashboards: Path | None = setting("HEADWATER_DASHBOARDS", None, "the folder docker/grafana/dashboards", Reader.GRAFANA, kind=Path)
    prometheus: str = setting("PROMETHEUS_URL", "", "the Prometheus that the dashboard asks", Reader.GRAFANA)
