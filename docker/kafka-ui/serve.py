"""Kaskade, a user interface of Kafka's, in a browser: for whoever has the password, and for pages of this address alone.

KAFKA_BOOTSTRAP_SERVERS, KAFKA_UI_URL (as the browser has it), KAFKA_UI_USERNAME and KAFKA_UI_PASSWORD.
"""

import hmac
import os
from base64 import b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from shlex import join

from aiohttp import web
from textual_serve.server import Server

HEALTH = "/health"
URL = os.environ["KAFKA_UI_URL"]
LOGIN = f"{os.environ['KAFKA_UI_USERNAME']}:{os.environ.pop('KAFKA_UI_PASSWORD')}".encode()


@web.middleware
async def guarded(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """A login for everything; and no other page's script may speak to a broker through somebody's browser that has one."""
    if request.path == HEALTH:
        return web.Response(text="up")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic" or not _right(given):
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="Kafka"'})
    if request.headers.get("Origin", URL) != URL or request.host != URL.partition("://")[2]:
        return web.Response(status=403, text=f"open {URL}")
    return await handler(request)


def _right(given: str) -> bool:
    try:
        return hmac.compare_digest(b64decode(given), LOGIN)
    except ValueError:
        return False


class Guarded(Server):
    """Textual's server behind that guard."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(guarded)
        return app


command = join([str(Path(__file__).parent / "bin/kaskade"), "admin", "-b", os.environ["KAFKA_BOOTSTRAP_SERVERS"]])
Guarded(command, host="0.0.0.0", port=8000, title="Kafka", public_url=URL).serve()
