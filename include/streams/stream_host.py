"""A stream host: another machine or container where drivers live, asked over HTTP with a token (the program: jobs/stream/host.py).

It decides nothing. The controller is the same as for drivers of its own host, and so is what starts them there.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from include.errors import SettingsError, StreamError
from include.lease import Holder

ANSWER_SECONDS = 10.0
_FIX = "see that the stream host is up, and that both have the same STREAM_HOST_TOKEN"


@dataclass(frozen=True)
class StreamHostSettings:
    """Where the stream host is, and the token that it takes orders with."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> StreamHostSettings:
        """STREAM_HOST_URL and STREAM_HOST_TOKEN. SettingsError names the one that cannot be used."""
        url = environment.get("STREAM_HOST_URL", "").rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise SettingsError("not the address of a stream host", where="STREAM_HOST_URL", value=url, fix="http://<host>:<port>")
        return cls(url, token_of(environment))


def token_of(environment: Mapping[str, str] = os.environ) -> str:
    """STREAM_HOST_TOKEN, or SettingsError: without one anybody could start and end drivers."""
    token = environment.get("STREAM_HOST_TOKEN", "")
    if not token:
        raise SettingsError("without a token anybody could start and end drivers", where="STREAM_HOST_TOKEN", fix="set one on both sides")
    return token


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
