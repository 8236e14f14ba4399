"""Where events go: whatever OpenLineage's own settings say, else files in the log folder, one a day."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from include.common_settings import LOG_DIRECTORY
from include.declared_settings import Reader, declared, read, setting

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import RunEvent

log = logging.getLogger(__name__)

FOLDER = "lineage"
KEPT = timedelta(days=14)  # files of our own
REST_SECONDS = 60.0  # after a failure: a backend that is away costs each run its time-out once, and not once an event


@dataclass(frozen=True)
class LineageSettings:
    """Where lineage goes. OpenLineage's client reads its settings itself; here it counts only whether there are any."""

    url: str = setting("OPENLINEAGE_URL", "", "the backend that events are sent to", Reader.LINEAGE)
    config: str = setting("OPENLINEAGE_CONFIG", "", "the path of an openlineage.yml", Reader.LINEAGE)
    transport: Mapping[str, str] = setting(
        "OPENLINEAGE__TRANSPORT*",
        None,
        "a transport by its fields, as in OPENLINEAGE__TRANSPORT__TYPE",
        Reader.LINEAGE,
        kind=dict,
        secret=True,
    )
    log_directory: Path | None = declared(LOG_DIRECTORY, default=None, kind=Path)


class Teller:
    """Sends events. Without settings of OpenLineage's and without a log folder there is nowhere to send them, and nothing is made."""

    def __init__(self, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        given = read(LineageSettings, environment)
        self._named = bool(given.url or given.config or given.transport) or any(file.exists() for file in _files_of_openlineage())
        self._folder = given.log_directory / FOLDER if given.log_directory else None
        self._client: OpenLineageClient | None = None
        self._day: date | None = None
        self._rests_until = 0.0
        self._turn = Lock()  # builds are in threads
        self.failures = 0  # events that were not sent

    def tell(self, make: Callable[[], RunEvent]) -> None:
        """Sends the event that is made, here and now; what keeps it from being made or sent is logged and counted, not raised."""
        if not self._named and self._folder is None:
            return
        with self._turn:
            if self._clock() < self._rests_until:
                self.failures += 1
                return
            try:
                self._client_of_today().emit(make())
            except Exception as error:  # whatever it is: lineage is not data, and the data must not wait for it
                self._rests_until = self._clock() + REST_SECONDS
                self.failures += 1
                if self.failures == 1:
                    log.exception("lineage could not be told, the data goes on; further failures of this process are counted: %s", error)

    def _client_of_today(self) -> OpenLineageClient:
        from openlineage.client import OpenLineageClient
        from openlineage.client.transport.file import FileConfig, FileTransport

        today = datetime.now(UTC).date()
        if self._client is None or (self._day != today and not self._named):
            self._day = today
            self._client = OpenLineageClient() if self._named else None
            if self._client is None:
                path = _file_of(self._folder or Path(), today)
                self._client = OpenLineageClient(transport=FileTransport(FileConfig(str(path), append=True)))
        return self._client


@cache
def teller() -> Teller:
    """That of the process."""
    return Teller()


def _files_of_openlineage() -> list[Path]:
    return [Path("openlineage.yml"), Path("~/.openlineage/openlineage.yml").expanduser()]


def _file_of(folder: Path, today: date) -> Path:
    """The day's file; takes away those that are older than KEPT."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("????-??-??.jsonl"):
        if file.stem < (today - KEPT).isoformat():
            file.unlink(missing_ok=True)
    return folder / f"{today.isoformat()}.jsonl"
