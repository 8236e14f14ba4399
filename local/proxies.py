"""A proxy between this machine and the world is not for what this machine says to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.declared_settings import Reader, read, setting

_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class ProxySettings:
    """What is not asked by way of a proxy; which there is, libraries read themselves from HTTP_PROXY, HTTPS_PROXY and ALL_PROXY."""

    small: str = setting("no_proxy", "", "hosts, separated by commas; this machine is added", Reader.STACK, Reader.COMMAND)
    large: str = setting("NO_PROXY", "", "the same, where `no_proxy` is not set", Reader.STACK, Reader.COMMAND)


def without_proxy_here(environment: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY in both spellings: what it named already, and this machine. Nothing where no proxy is set."""
    if not any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in environment):
        return {}
    settings = read(ProxySettings, environment)
    named = (settings.small or settings.large).split(",")
    value = ",".join(dict.fromkeys([*filter(None, named), *_HERE]))
    return {"NO_PROXY": value, "no_proxy": value}
