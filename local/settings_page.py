"""docs/settings.md and the names that are known, made from the settings' own words: `python -m local.settings_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from include.contract_files import ContractSettings
from include.declared_settings import NAMES_FILE, PREFIX, Setting, settings_of, shown
from include.lineage.telling import LineageSettings
from include.maintenance import MaintenanceSettings
from include.settings import KafkaSettings, LakeSettings
from include.spark_conf import CacheSettings, SparkSettings
from include.streams.settings import GroupSettings, StreamSettings
from include.streams.stream_host import StreamHostSettings
from include.table_lease import TableLeaseSettings
from include.watch.settings import DiskSettings, GrafanaSettings, MailSettings, MetricsSettings
from jobs.produce.crypto_poller import PollerSettings
from jobs.produce.planets_api import ApiSettings
from jobs.stream.host import ListenSettings
from local.airflow_api import AirflowApi
from local.containers.connect import ConnectSettings
from local.containers.settings import ComposeSecrets, ComposeSettings
from local.credentials import Credentials
from local.mail_catcher import Login
from local.proof_settings import ProofSettings
from local.proxies import ProxySettings
from local.settings import REPOSITORY, DemoSettings, LocalSettings, Ports
from local.tools import MachineSettings

PAGE = REPOSITORY / "docs" / "settings.md"
# A setting of several concerns is listed with the first.
CONCERNS: dict[str, tuple[type, ...]] = {
    "The embedded stack": (LocalSettings, Ports, DemoSettings, CacheSettings, MachineSettings, ProxySettings),
    "Kafka and the lake": (KafkaSettings, LakeSettings),
    "Contracts": (ContractSettings,),
    "Streams": (GroupSettings, StreamSettings, StreamHostSettings, ListenSettings),
    "Batch": (SparkSettings, TableLeaseSettings, MaintenanceSettings),
    "Watching": (DiskSettings, MailSettings, MetricsSettings, LineageSettings, GrafanaSettings),
    "Producers": (ApiSettings, PollerSettings),
    "Clients and secrets": (AirflowApi, Login, Credentials),
    "Containers": (ComposeSettings, ComposeSecrets, ConnectSettings),
    "Tests": (ProofSettings,),
}

_HEAD = """\
# Settings

*This page is made from the code by `python -m local.settings_page`. Do not edit it.*

Every setting is a variable of the environment: `HEADWATER_AIRFLOW_PORT=8081 make up`. Empty is the same as unset. For the embedded
stack `.headwater/settings.env` (of HEADWATER_HOME, where that is elsewhere) keeps some for good, a line `NAME=value` each; the environment
wins over it, and `make clean` leaves it.
`headwater settings` shows what counts now and where it comes from, with secrets masked; `headwater settings stream` those with a word
in their names.

- A value that cannot be used is refused at start, with the range and how to fix it. So is a name that begins with `HEADWATER_` and that no
  component reads, with the names that it may have been meant to be: an environment carries the settings of all components, so a name
  that is known to one of them is let through by all.
- Streams are started by Airflow and have its environment. In the embedded stack all parts have that of `make up`; after a change,
  `make down` and `make up`.
- Kubernetes puts `<SERVICE>_PORT`, `<SERVICE>_SERVICE_HOST` and others into every pod, for a service `headwater-…` with our prefix: set
  `enableServiceLinks: false` in the pod's spec.
- Airflow's own settings, and its connections (`spark_connect`, `smtp_default`, which carry addresses and passwords), are Airflow's. What a
  feed promises and how a topic is made is in its [contract](../include/schemas/README.md).
"""
_COLUMNS = ("| setting | default | unit | range | what it is | read by |", "|---|---|---|---|---|---|")


def sections() -> Iterator[tuple[str, type, list[Setting]]]:
    """Title, concern and its settings, each name once, in the page's order."""
    listed: set[str] = set()
    for title, concerns in CONCERNS.items():
        for concern in concerns:
            own = [each for _, each in settings_of(concern) if each.name not in listed]
            listed |= {each.name for each in own}
            yield title, concern, own


def page() -> str:
    """The page as it should be."""
    parts, last = [_HEAD], ""
    for title, concern, own in sections():
        parts += [] if title == last else [f"## {title}\n"]
        parts += [" ".join((concern.__doc__ or "").split()), "", *_COLUMNS, *map(_row, own), ""]
        last = title
    return "\n".join(parts)


def names() -> str:
    """The names that begin with HEADWATER_, a line each."""
    ours = {each.name for *_, own in sections() for each in own if each.name.startswith(PREFIX)}
    return "".join(f"{name}\n" for name in sorted(ours))


def _row(each: Setting) -> str:
    cells = (f"`{each.name}`", _default(each), each.unit, each.bounds, each.what, ", ".join(each.read_by))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(each: Setting) -> str:
    if each.required:
        return "none"
    return each.unset or (f"`{shown(each.default)}`" if shown(each.default) else "")


def write(page_file: Path = PAGE, names_file: Path = NAMES_FILE) -> None:
    page_file.write_text(page(), encoding="utf-8")
    names_file.write_text(names(), encoding="utf-8")


if __name__ == "__main__":
    write()
    print(PAGE)
