"""A mail server on this machine that keeps what it is sent."""

from __future__ import annotations

import email
import json
import socket
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Inbox:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(email.message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Message]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = Inbox()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    extra = {"from_email": "stack@localhost.localdomain", "disable_ssl": True, "disable_tls": True}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}))
    yield kept.messages
    server.stop()


def body(message: Message) -> str:
    return _part(message, "text/html")


def text_of(message: Message) -> str:
    return _part(message, "text/plain").replace("\r\n", "\n")


def _part(message: Message, kind: str) -> str:
    (part,) = [part for part in message.walk() if part.get_content_type() == kind]
    return part.get_payload(decode=True).decode()
