"""What a table calls the fields that its module does not know."""

from __future__ import annotations

import pytest

from jobs.common.columns import further_columns


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["quantity", "colour"], {"colour": "colour"}),
        (["_offset", "colour"], {"colour": "colour"}),
        (["Line"], {"Line": "item_Line"}),
        (["item_line", "line"], {"item_line": "item_line", "line": "item_item_line"}),
    ],
)
def test_further_field_keeps_its_name_where_no_column_has_it(names: list[str], columns: dict[str, str]) -> None:
    assert further_columns(names, known=("quantity",), taken=("quantity", "line"), prefix="item_") == columns
