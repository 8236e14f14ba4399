"""The stream host: starts, ends and tells of stream drivers beside it, for a controller elsewhere (include/streams/stream_host.py).

Serves until it is told to end (SIGTERM), and then has its drivers finish their micro-batches and give their leases back.
Its settings are ListenSettings; all other variables are the drivers'.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil

from include.declared_settings import Reader, declared, read, refuse_unknown_names, setting
from include.errors import HeadwaterError
from include.lease import Holder
from include.settings import KafkaSettings, LakeSettings
from include.streams.launcher import Launcher, LocalLauncher
from include.streams.settings import StreamSettings
from include.streams.stream_host import TOKEN

HEALTH = "/health"
MOST_BYTES = 10_000
MOST_LINES = 200
DRAIN_SECONDS = 45.0
_OF_EVERY_LOOK = ("/alive", "/bound_log")  # not worth a line of the log each minute
_GROUP = re.compile(r"[a-z][a-z0-9_]{0,60}")  # it becomes an argument and a file's name
_log = logging.getLogger("headwater.stream_host")
Order = Mapping[str, Any]


@dataclass(frozen=True)
class ListenSettings:
    """Where a stream host takes orders."""

    token: str = declared(TOKEN)
    address: str = setting("STREAM_HOST_ADDRESS", "127.0.0.1", "the address at which it takes orders", Reader.STREAM_HOST)
    port: int = setting("STREAM_HOST_PORT", 8090, "the port at which it takes orders", Reader.STREAM_HOST, least=1, most=65535)


class Refused(Exception):
    """An order that cannot be carried out as it is."""


class StreamHost(ThreadingHTTPServer):
    """Takes orders with the token, and carries them out by a launcher of this host."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], token: str, launcher: Launcher) -> None:
        super().__init__(address, _Handler)
        self.expected = f"Bearer {token}".encode()
        self._launcher, self._started, self._lock = launcher, list[psutil.Process](), threading.Lock()
        self.orders: dict[str, Callable[[Order], Any]] = {
            "/start": lambda order: asdict(self._start(_group(order))),
            "/alive": lambda order: {"alive": launcher.alive(_holder(order))},
            "/kill": lambda order: {"killed": launcher.kill(_holder(order))},
            "/bound_log": lambda order: launcher.bound_log(_group(order)) or {},
            "/log": lambda order: {"text": launcher.log_tail(_group(order), _lines(order))},
        }

    def _start(self, group: str) -> Holder:
        driver = self._launcher.start(group)
        with self._lock, suppress(psutil.NoSuchProcess):  # it may have ended already
            self._started.append(psutil.Process(driver.pid))
        return driver

    def drivers(self) -> list[psutil.Process]:
        """Those that it has started and that have not ended. Takes leave of those that have: nobody else can while their parent lives."""
        with self._lock:
            for ended in [each for each in self._started if not _is_alive(each)]:
                with suppress(ChildProcessError):
                    os.waitpid(ended.pid, os.WNOHANG)
                self._started.remove(ended)
            return list(self._started)


class _Handler(BaseHTTPRequestHandler):
    server: StreamHost
    timeout = 30

    def do_GET(self) -> None:
        """Its health, which anybody may ask for."""
        known = self.path == HEALTH
        self._answer(200 if known else 404, {"status": "up", "drivers": len(self.server.drivers())} if known else {"error": "not found"})

    def do_POST(self) -> None:
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self.server.expected):
            return self._answer(401, {"error": "send `Authorization: Bearer <STREAM_HOST_TOKEN>`"})
        carry_out = self.server.orders.get(self.path)
        if carry_out is None:
            return self._answer(404, {"error": "not found"})
        try:
            answer = carry_out(self._order())
        except Refused as refused:
            return self._answer(400, {"error": str(refused)})
        if self.path not in _OF_EVERY_LOOK:
            _log.info("%s: %s", self.path, "told" if self.path == "/log" else answer)
        return self._answer(200, answer)

    def _order(self) -> Order:
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES:
            raise Refused(f"an order has a length, of at most {MOST_BYTES} bytes")
        try:
            order = json.loads(self.rfile.read(int(size)))
        except ValueError as error:
            raise Refused(f"no JSON: {error}") from None
        if not isinstance(order, dict):
            raise Refused("an order is a JSON object")
        return order

    def _answer(self, status: int, content: Mapping[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Orders are told by what came of them."""


def _group(order: Order) -> str:
    group = order.get("group")
    if not isinstance(group, str) or not _GROUP.fullmatch(group):
        raise Refused("no name of a stream group")
    return group


def _holder(order: Order) -> Holder:
    value = order.get("holder")
    try:
        holder = Holder(value["host"], value["pid"], value["birth"])  # type: ignore[index]
    except (TypeError, KeyError):
        raise Refused("a holder has host, pid and birth") from None
    if not isinstance(holder.pid, int) or holder.pid <= 1 or not isinstance(holder.host, str) or not isinstance(holder.birth, str | None):
        raise Refused("a holder has host, pid and birth")
    return holder


def _lines(order: Order) -> int:
    lines = order.get("lines")
    if not isinstance(lines, int) or not 0 < lines <= MOST_LINES:
        raise Refused(f"lines: 1 to {MOST_LINES}")
    return lines


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def drain(server: StreamHost, seconds: float = DRAIN_SECONDS) -> None:
    """Asks all drivers to end, and waits; whom that takes longer ends with this host."""
    asked = server.drivers()
    for driver in asked:
        with suppress(psutil.NoSuchProcess):
            driver.terminate()
    _, left = psutil.wait_procs(asked, timeout=seconds)
    _log.info("ended, %d drivers drained, %d still at work", len(asked) - len(left), len(left))


def serve(server: StreamHost, ended: threading.Event) -> None:
    """Serves until `ended` is set."""
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="orders", daemon=True)
    thread.start()
    while not ended.wait(1.0):
        server.drivers()
    server.shutdown()
    server.server_close()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        KafkaSettings.from_environment()
        LakeSettings.from_environment()
        refuse_unknown_names(os.environ)
        mine = read(ListenSettings, os.environ)
        server = StreamHost((mine.address, mine.port), mine.token, LocalLauncher(StreamSettings.from_environment()))
    except HeadwaterError as error:
        _log.error("%s", error)
        return 1
    _log.info("taking orders at %s:%d", mine.address, mine.port)
    serve(server, ended)
    drain(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
