from __future__ import annotations

import pytest

from local.proxies import without_proxy_here


def test_without_a_proxy_nothing_is_set() -> None:
    assert without_proxy_here({"NO_PROXY": "example.org"}) == {}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_this_machine_is_never_asked_through_a_proxy(name: str) -> None:
    found = without_proxy_here({name: "http://proxy:3128", "no_proxy": "example.org,localhost"})
    assert found == dict.fromkeys(["NO_PROXY", "no_proxy"], "example.org,localhost,127.0.0.1,::1")
