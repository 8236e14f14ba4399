from __future__ import annotations

from local.shell import banner


def test_the_banner_lists_tables_with_rows_and_only_examples_that_work() -> None:
    shown = banner({"bronze.clicks": 1234, "gold.product_sales": 7}, {"bronze.clicks": "no log"}).splitlines()
    assert "  bronze.clicks              1,234 rows" in shown
    assert "  bronze.clicks cannot be read: no log" in shown
    assert [line.split("(")[0].strip() for line in shown if "spark." in line] == ["spark.sql"]


def test_without_a_table_the_banner_says_so() -> None:
    assert "  no table yet" in banner({}, {}).splitlines()
