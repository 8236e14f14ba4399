"""
### Contracts, checked whenever Airflow reads its DAGs

contracts in `include/schemas` → this file → Airflow's list of import errors

This file declares no DAG. While every contract is sound it does nothing. A broken one makes it an import error, on top of
the list of DAGs within minutes, with file, path and rule; the DAGs are files of their own and go on with the other feeds.

**On failure**: mend the contract that the error names. The error goes away by itself.
"""

from __future__ import annotations

from lakehouse.contract_errors import check_contracts

check_contracts()  # Airflow reads a file only if it has the words airflow and dag in it
