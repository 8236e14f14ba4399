"""The proxy between a driver and the store, over real sockets, before a store that keeps what it is asked."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from drills.proxy import Proxy
from drills.store_faults import Fate, Gate, Request, Troubled

COMMIT = "/lake/bronze/metrics/_delta_log/00000000000000000007.json"


class Store(ThreadingHTTPServer):
    """Says yes to everything, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[tuple[str, str, bytes]] = []  # method and path, Host, body
        self.chunked = False


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Store

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((f"{self.command} {self.path}", self.headers["Host"], body))
        self.send_response(200)
        if self.server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nyes\r\n5;more=1\r\n, sir\r\n0\r\n\r\n")
        else:
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else b"yes")

    do_GET = do_PUT = do_HEAD = _answer

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def store() -> Iterator[Store]:
    server = Store()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(store: Store) -> Iterator[Proxy]:
    with Proxy(store.server_address[1]) as proxy:
        yield proxy


@contextmanager
def connected(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=10)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_requests_pass_as_they_are_one_after_the_other_on_one_connection(store: Store, proxy: Proxy) -> None:
    with connected(proxy) as connection:
        assert ask(connection, "PUT", "/lake/a?x=%20y", b"\x00body") == (200, b"yes")
        assert ask(connection, "HEAD", "/lake/a") == (200, b"")
        assert ask(connection, "GET", "/lake/b") == (200, b"yes")
    host = proxy.url.removeprefix("http://")
    assert store.asked == [("PUT /lake/a?x=%20y", host, b"\x00body"), ("HEAD /lake/a", host, b""), ("GET /lake/b", host, b"")]


def test_an_answer_in_chunks_arrives_whole(store: Store, proxy: Proxy) -> None:
    store.chunked = True
    with connected(proxy) as connection:
        assert ask(connection, "GET", "/lake/a") == (200, b"yes, sir")
        assert ask(connection, "GET", "/lake/a") == (200, b"yes, sir")


def test_a_client_that_waits_to_be_told_to_go_on_is_told(store: Store, proxy: Proxy) -> None:
    host, port = proxy.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client, client.makefile("rb") as answers:
        client.sendall(b"PUT /lake/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answers.readline() == b"\r\n"
        client.sendall(b"body")
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
    assert store.asked == [("PUT /lake/a", "x", b"body")]


def test_a_refused_request_never_reaches_the_store(store: Store, proxy: Proxy) -> None:
    proxy.decide = lambda _request: Fate("refused", status="503 Slow Down", code="SlowDown")
    with connected(proxy) as connection:
        status, told = ask(connection, "PUT", "/lake/a", b"body")
        assert ask(connection, "HEAD", "/lake/a") == (503, b"")
    assert status == 503
    assert b"<Code>SlowDown</Code>" in told
    assert store.asked == []


def test_a_request_that_is_cut_off_never_reaches_the_store(store: Store, proxy: Proxy) -> None:
    proxy.decide = lambda _request: Fate("cut")
    with connected(proxy) as connection, pytest.raises(ConnectionResetError):
        ask(connection, "PUT", "/lake/a", b"body")
    assert store.asked == []


def test_a_lost_reply_is_of_a_request_that_the_store_has_done(store: Store, proxy: Proxy) -> None:
    proxy.decide = lambda _request: Fate("lost")
    with connected(proxy) as connection, pytest.raises(ConnectionResetError):
        ask(connection, "PUT", "/lake/a", b"body")
    assert [asked for asked, _, _ in store.asked] == ["PUT /lake/a"]


def test_a_store_that_is_away_resets_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with Proxy(port) as proxy, connected(proxy) as connection, pytest.raises(ConnectionResetError):
        ask(connection, "GET", "/lake/a")


@pytest.mark.parametrize(("dropped", "arrived"), [(True, []), (False, [f"PUT {COMMIT}"])])
def test_a_gate_holds_the_first_commit_and_nothing_else(store: Store, proxy: Proxy, dropped: bool, arrived: list[str]) -> None:
    gate = Gate(patience_seconds=30)
    proxy.decide = gate

    def commit() -> None:
        host, port = proxy.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(f"PUT {COMMIT} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            try:
                client.recv(100)
            except ConnectionResetError:
                return

    writer = threading.Thread(target=commit)
    writer.start()
    assert gate.held.wait(10)
    assert gate.request == Request("PUT", COMMIT)
    with connected(proxy) as connection:
        ask(connection, "PUT", "/lake/bronze/metrics/part-1.parquet", b"data")
    assert [asked for asked, _, _ in store.asked] == ["PUT /lake/bronze/metrics/part-1.parquet"]
    (gate.drop if dropped else gate.let_through)()
    writer.join(10)
    assert [asked for asked, _, _ in store.asked][1:] == arrived


def test_the_same_seed_gives_the_same_fates() -> None:
    def fates(seed: int) -> list[Fate]:
        troubled = Troubled(seed, delay_seconds=0.1, refused=0.2, cut=0.1, lost=0.1)
        return [troubled(Request("GET", "/")) for _ in range(200)]

    assert fates(1) == fates(1)
    assert fates(1) != fates(2)
    kinds = [fate.kind for fate in fates(1)]
    assert {kind for kind in kinds if kinds.count(kind) >= 10} == {"passed", "refused", "cut", "lost"}
