"""Broken contracts said aloud. A broken one stops only its own feed, so nothing else would tell of it."""

from __future__ import annotations

from include.contracts import Contracts, load_contracts
from include.errors import ContractError


def check_contracts(contracts: Contracts | None = None) -> None:
    """Raises one ContractError with every error of every contract, each with its file, path and rule."""
    broken = (contracts or load_contracts()).broken
    if not broken:
        return
    files = sorted({error.file for error in broken})
    each = "".join(f"\n- {error.rule}: {error}" for error in broken)
    raise ContractError(
        f"{len(files)} contracts are broken; their feeds stand still, all others go on:{each}\n",
        file=files[0],
        path=broken[0].path,
        rule=broken[0].rule,
        fix="mend the files; `pytest tests/contracts` checks them",
    )
