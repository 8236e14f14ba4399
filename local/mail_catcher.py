"""An SMTP server that keeps every mail in a Maildir: `python -m local.mail_catcher [HOST:]PORT MAILDIR`, login by environment."""

from __future__ import annotations

import asyncio
import hmac
import mailbox
import os
import signal
import sys
from dataclasses import dataclass
from email.message import Message as Mail

from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from include.declared_settings import REQUIRED, Reader, declared, read, setting
from local.credentials import SMTP_PASSWORD


class Keep(Message):
    """Puts each mail into the Maildir, before the sender is told that it was taken."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._box = mailbox.Maildir(folder)

    def handle_message(self, message: Mail) -> None:
        self._box.add(message)


@dataclass(frozen=True)
class Login:
    """The mail catcher takes one username with one password."""

    username: str = setting("HEADWATER_SMTP_USERNAME", REQUIRED, "who may send to the mail catcher", Reader.STACK)
    password: str = declared(SMTP_PASSWORD)

    def __call__(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
        expected = (self.username.encode(), self.password.encode())
        right = isinstance(given, LoginPassword) and all(
            hmac.compare_digest(mine, theirs) for mine, theirs in zip(expected, (given.login, given.password), strict=True)
        )
        # Not handled: aiosmtpd then answers 535 itself.
        return AuthResult(success=right, handled=False)


async def serve(host: str, port: int, folder: str, login: Login) -> None:
    """Serve until TERM or INT."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        # The login crosses the loopback interface, or a network of containers, alone, hence no TLS.
        return SMTP(Keep(folder), authenticator=login, auth_required=True, auth_require_tls=False, hostname="localhost", loop=loop)

    server = await loop.create_server(connection, host, port)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    print(f"keeping mails of {host}:{port} in {folder}", flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    place, _, number = sys.argv[1].rpartition(":")
    asyncio.run(serve(place or "127.0.0.1", int(number), sys.argv[2], read(Login, os.environ)))
