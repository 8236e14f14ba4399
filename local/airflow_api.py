"""Airflow's REST API, as far as the embedded stack uses it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

from include.common_settings import AIRFLOW_PASSWORD
from include.declared_settings import REQUIRED, Reader, declared, read, setting
from local.errors import AirflowFailed

# What only reads may be asked again; what changes something must not be done twice for want of patience.
_READ_SECONDS = 20
_CHANGE_SECONDS = 120
Json = dict[str, object]


def health(url: str) -> Json | None:
    """What Airflow says about its components; None when it does not answer."""
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as response:
            return json.load(response)
    except (OSError, ValueError):
        return None


@dataclass
class AirflowApi:
    """A client of Airflow's API that logs in by itself. Every call raises AirflowFailed when Airflow refuses it or is away."""

    url: str = setting("AIRFLOW_URL", REQUIRED, "Airflow's address", Reader.COMMAND, pattern=r"https?://\S+", form="http://… or https://…")
    username: str = setting("AIRFLOW_USERNAME", REQUIRED, "who asks Airflow's API", Reader.COMMAND)
    password: str = declared(AIRFLOW_PASSWORD)
    _token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> AirflowApi:
        return read(cls, environment)

    def get(self, path: str, **query: object) -> Json:
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Json) -> Json:
        return self._call("POST", path, body)

    def patch(self, path: str, body: Json) -> Json:
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: Json | None = None, *, query: Mapping[str, object] | None = None) -> Json:
        if not self._token:
            login = {"username": self.username, "password": self.password}
            self._token = str(self._send("POST", "/auth/token", login, {})["access_token"])
        address = f"/api/v2{path}" + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
        return self._send(method, address, body, {"Authorization": f"Bearer {self._token}"})

    def _send(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, {**headers, "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_READ_SECONDS if method == "GET" else _CHANGE_SECONDS) as response:
                return json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise AirflowFailed(
                f"Airflow answers {error.code}: {detail}",
                where=f"{method} {path}",
                value=error.code,
                fix="see `headwater logs airflow-api-server`",
            ) from error
        except OSError as error:
            raise AirflowFailed(
                f"Airflow does not answer: {error}", where=f"{method} {self.url}{path}", fix="see `headwater status`"
            ) from error
