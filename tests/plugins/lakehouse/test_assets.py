from __future__ import annotations

import pytest
from lakehouse import assets

from include.errors import SettingsError


def test_asset_is_named_as_its_table_and_knows_no_store() -> None:
    asset = assets.table("gold.product_sales")
    assert (asset.name, asset.uri) == ("gold.product_sales", "x-lake://gold/product_sales")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("gold.product_sales", "One row for each product_id, computed from silver.order_items."),
        ("gold.city_daily", "One row a day, computed from silver.traffic_readings, silver.transport_reports, silver.incidents."),
        ("silver.orders", "Rows of the feed commandes_json as its contract has them, one for each record"),
        ("silver.order_items", "several for a record"),
        ("silver.clicks", "Rows of the feed clicks "),
    ],
)
def test_asset_says_what_a_row_is_and_where_it_is_from(address: str, said: str) -> None:
    assert said in str(assets.table(address).extra["description"])


@pytest.mark.parametrize("address", ["product_sales", "copper.product_sales", "gold.", ""])
def test_asset_of_no_table_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"use <layer>\.<name>"):
        assets.table(address)
