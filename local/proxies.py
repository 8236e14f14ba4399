"""A proxy between this machine and the world is not for what this machine says to itself."""

from __future__ import annotations

from collections.abc import Mapping

_HERE = ("127.0.0.1", "localhost", "::1")


def without_proxy_here(environment: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY in both spellings: what it named already, and this machine. Nothing where no proxy is set."""
    if not any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in environment):
        return {}
    named = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    value = ",".join(dict.fromkeys([*filter(None, named), *_HERE]))
    return {"NO_PROXY": value, "no_proxy": value}
