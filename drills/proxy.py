"""An HTTP proxy between a client and the store that injects faults. Requests and answers pass byte for byte, the Host header too: an S3
client has signed it, and the store takes any."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from drills.store_faults import Decide, Fate, Request, sound

_HERE = "127.0.0.1"
_IDLE_SECONDS = 300.0
_NO_BODY = (b"204", b"304")


@dataclass(frozen=True)
class Message:
    """A request or an answer: its head as it came, the blank line included, and its body as it came."""

    head: bytes
    body: bytes = b""

    @property
    def start(self) -> list[bytes]:
        """The three words of the first line."""
        return self.head.split(b"\r\n", 1)[0].split(b" ", 2)

    def header(self, name: bytes) -> bytes | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip()
        return None


class Proxy:
    """Listens on a free port of this machine until closed. `decide` says what becomes of each request and may be changed at any time."""

    def __init__(self, store_port: int) -> None:
        self.decide: Decide = sound
        self.fates: Counter[str] = Counter()
        self._store_port = store_port
        self._guard = threading.Lock()
        self._listener = socket.create_server((_HERE, 0), backlog=128)
        self.url = f"http://{_HERE}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def close(self) -> None:
        # Closing alone does not wake who waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(_IDLE_SECONDS)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), name="proxied", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection, request by request. A broken one is the client's to notice: it is reset."""
        with client.makefile("rb") as requests:
            try:
                while (request := _read_request(requests, client)) is not None:
                    if not self._answer(client, request):
                        _reset(client)
                        break
            except OSError:
                _reset(client)
        client.close()

    def _answer(self, client: socket.socket, request: Message) -> bool:
        """Whether the connection may go on."""
        method, path = (word.decode("latin-1") for word in request.start[:2])
        fate = self.decide(Request(method, path))
        with self._guard:
            self.fates[fate.kind] += 1
        if fate.delay_seconds:
            threading.Event().wait(fate.delay_seconds)
        if fate.kind == "cut":
            return False
        answer = _refusal(fate, method) if fate.kind == "refused" else self._ask_store(request, method)
        if fate.kind == "lost":
            return False
        client.sendall(answer.head + answer.body)
        return (answer.header(b"connection") or b"").lower() != b"close"

    def _ask_store(self, request: Message, method: str) -> Message:
        """Over a connection of its own, so that nothing is ever asked twice."""
        with socket.create_connection((_HERE, self._store_port), timeout=_IDLE_SECONDS) as store, store.makefile("rb") as answers:
            store.sendall(request.head + request.body)
            while True:
                head = _read_head(answers)
                if head is None:
                    raise ConnectionError("the store has closed the connection without an answer")
                answer = Message(head)
                if not answer.start[1].startswith(b"1"):  # else: it only says that it goes on
                    break
            has_body = method != "HEAD" and answer.start[1] not in _NO_BODY
            return Message(head, _read_body(answers, answer, until_end=True) if has_body else b"")


def _read_request(stream: BinaryIO, client: socket.socket) -> Message | None:
    """The next request; None when the client is done."""
    head = _read_head(stream)
    if head is None:
        return None
    request = Message(head)
    if (request.header(b"expect") or b"").lower() == b"100-continue":
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Message(head, _read_body(stream, request, until_end=False))


def _read_head(stream: BinaryIO) -> bytes | None:
    lines = []
    while True:
        line = stream.readline()
        if not line:
            return None
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)


def _read_body(stream: BinaryIO, message: Message, *, until_end: bool) -> bytes:
    length = message.header(b"content-length")
    if length is not None:
        return _exactly(stream, int(length))
    if (message.header(b"transfer-encoding") or b"").lower() == b"chunked":
        return _read_chunks(stream)
    return stream.read() if until_end else b""


def _read_chunks(stream: BinaryIO) -> bytes:
    """The chunks with their sizes, to be passed on as they are."""
    found = []
    while True:
        line = stream.readline()
        size = int(line.split(b";")[0], 16)
        found += [line, _exactly(stream, size + 2)] if size else [line]
        if not size:
            while (trailer := stream.readline()) not in (b"\r\n", b""):
                found.append(trailer)
            return b"".join([*found, b"\r\n"])


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise ConnectionError("the connection has ended in the middle of a body")
    return found


def _refusal(fate: Fate, method: str) -> Message:
    """As S3 says it."""
    told = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{fate.code}</Code><Message>injected by a drill</Message></Error>'.encode()
    head = f"HTTP/1.1 {fate.status}\r\nContent-Type: application/xml\r\nContent-Length: {len(told)}\r\n\r\n".encode()
    return Message(head, b"" if method == "HEAD" else told)


def _reset(client: socket.socket) -> None:
    """The next close tells the client at once and throws away what is under way, as a dead peer would."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
