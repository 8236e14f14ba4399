"""A stream host: another machine or container where drivers live, asked over HTTP with a token (the program: jobs/stream/host.py).

It decides nothing. The controller is the same as for drivers of its own host, and so is what starts them there.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from include.declared_settings import REQUIRED, Reader, Setting, declared, read, setting
from include.errors import StreamError
from include.lease import Holder

ANSWER_SECONDS = 10.0
_FIX = "see that the stream host is up, and that both have the same STREAM_HOST_TOKEN"


TOKEN = Setting(
    "STREAM_HOST_TOKEN",
    REQUIRED,
    "the token that a stream host takes orders with: without one anybody could start and end drivers",
    (Reader.AIRFLOW, Reader.STREAM_HOST),
    unset="the same on both sides",
    secret=True,
)


@dataclass(frozen=True)
class StreamHostSettings:
    """Where stream drivers live if not beside Airflow."""

    url: str = setting(
        "STREAM_HOST_URL",
        "",
        "the address of a stream host",
        Reader.AIRFLOW,
        pattern=r"https?://\S+",
        form="http://<host>:<port>",
        unset="drivers are processes beside Airflow",
    )
    token: str = declared(TOKEN, default="")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> StreamHostSettings:
        found = read(cls, environment)
        return replace(found, url=found.url.rstrip("/"), token=TOKEN.of(environment) if found.url else "")


class StreamHostLauncher:
    """Drivers as processes of a stream host. One that does not answer is none that can be seen: then the drivers' leases tell."""

    def __init__(self, settings: StreamHostSettings) -> None:
        self._settings = settings

    def start(self, group: str) -> Holder:
        """Starts a driver there and returns at once. Raises StreamError when the host does not answer; a driver that it started all the
        same is found by its lease."""
        return Holder.from_value(self._ask("start", group=group))

    def alive(self, holder: Holder) -> bool | None:
        """Whether the process runs; None for one of another host, and while the stream host does not answer."""
        try:
            return self._ask("alive", holder=asdict(holder))["alive"]
        except StreamError:
            return None

    def kill(self, holder: Holder) -> bool:
        """Ends a driver that does not answer. Raises StreamError when the host does not either."""
        return bool(self._ask("kill", holder=asdict(holder))["killed"])

    def log_tail(self, group: str, lines: int) -> str:
        """The driver's last words, or why they are not to be had."""
        try:
            return str(self._ask("log", group=group, lines=lines)["text"])
        except StreamError as error:
            return f"(no log: {error.what})"

    def bound_log(self, group: str) -> None:
        """Keeps what the group's driver writes from filling the disk there. A host that does not answer is left to the next look: that it
        is away is for what is asked of it besides to say."""
        with suppress(StreamError):
            self._ask("bound_log", group=group)

    def _ask(self, what: str, **order: object) -> dict[str, Any]:
        address = f"{self._settings.url}/{what}"
        headers = {"Authorization": f"Bearer {self._settings.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, json.dumps(order).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:300]
            raise StreamError(f"the stream host refuses: {error.code} {said}", where=address, value=order.get("group"), fix=_FIX) from error
        except (OSError, ValueError) as error:
            raise StreamError(f"the stream host does not answer: {error}", where=address, fix=_FIX) from error
