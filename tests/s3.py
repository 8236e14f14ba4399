"""An S3 store of one process, for what speaks to it through boto3 as it does to a real one: get, put and the conditional puts."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import sleep

from include.settings import LakeSettings


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer is two writes
    server: S3

    def do_GET(self) -> None:
        self.server.asked["GET", self.path] += 1
        self.server.speaks.wait()
        body, etag = self.server.objects.get(self.path, (b"", None))
        self._answer(200 if etag else 404, body, etag, "NoSuchKey")

    def do_PUT(self) -> None:
        self.server.asked["PUT", self.path] += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refuses_puts:
            return self._answer(403, b"", None, "AccessDenied")
        wanted, etag = self.headers.get("If-Match"), f'"{uuid.uuid4().hex}"'
        with self.server.lock:
            _, stored = self.server.objects.get(self.path, (b"", None))
            if (wanted and wanted != stored) or (self.headers.get("If-None-Match") and stored):
                return self._answer(412, b"", None, "PreconditionFailed")
            self.server.objects[self.path] = body, etag
        sleep(self.server.answers_puts_after)
        return self._answer(200, b"", etag)

    def _answer(self, code: int, body: bytes, etag: str | None, error: str = "") -> None:
        body = body if code == 200 else f"<Error><Code>{error}</Code></Error>".encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""


class S3(ThreadingHTTPServer):
    """The store, and a lake in it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = True
        self.speaks = Event()  # while it is cleared, connections are taken and questions get no answer
        self.speaks.set()
        self.refuses_puts = False
        self.answers_puts_after = 0.0  # seconds after it was done
        self.lock = Lock()  # of two conditional puts at once one is the first
        self.asked: Counter[tuple[str, str]] = Counter()  # how often for what, by method and path
        self.objects: dict[str, tuple[bytes, str | None]] = {}
        self.lake = LakeSettings("s3://lake/here", f"http://127.0.0.1:{self.server_port}", "key", "secret")


@contextmanager
def s3() -> Iterator[S3]:
    store = S3()
    Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield store
    finally:
        store.shutdown()
        store.server_close()
