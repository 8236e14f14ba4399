"""What Airflow is told of Headwater: an application in its web server. Every Airflow process imports this file, so it imports nothing
that only the web server needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin
from lakehouse.page_link import PageLink

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send


@cache
def _app() -> FastAPI:
    from lakehouse.web.app import create_app

    return create_app()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The application, made when it is first asked."""
    await _app()(scope, receive, send)


class HeadwaterPlugin(AirflowPlugin):
    """The HTTP API and the page's files, at /headwater; the page, as a part of Airflow's own navigation."""

    name = "headwater"
    fastapi_apps: ClassVar[list[Any]] = [{"app": application, "url_prefix": "/headwater", "name": "Headwater"}]
    react_apps: ClassVar[list[Any]] = [
        {
            "name": "Headwater",
            "bundle_url": "headwater/page/headwater.js",
            "url_route": "headwater",
            "destination": "nav",
            "nav_top_level": True,
            "icon": "headwater/page/icon.svg",
            "icon_dark_mode": "headwater/page/icon-dark.svg",
        }
    ]
    global_operator_extra_links: ClassVar[list[Any]] = [PageLink()]
