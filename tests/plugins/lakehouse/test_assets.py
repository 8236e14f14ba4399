from __future__ import annotations

import pytest
from lakehouse import assets

from include.errors import SettingsError


def test_asset_is_named_as_its_table_and_knows_no_store() -> None:
    asset = assets.table("gold.product_sales")
    assert (asset.name, asset.uri) == ("gold.product_sales", "x-lake://gold/product_sales")


@pytest.mark.parametrize("address", ["product_sales", "copper.product_sales", "gold.", ""])
def test_asset_of_no_table_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"use <layer>\.<name>"):
        assets.table(address)
