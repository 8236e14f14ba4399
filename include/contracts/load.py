"""Reads the contracts of a folder: <system>/<feed>.odcs.yaml. A broken file stops its own feed and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from include.contract_files import OUTGOING, SUFFIX, contracts_folder
from include.contracts.build import build
from include.contracts.checks import check
from include.contracts.document import read
from include.contracts.model import Contract
from include.contracts.problems import Problem
from include.errors import ContractError


@dataclass(frozen=True)
class Contracts:
    """The sound contracts by feed, and every error of the others. `outgoing` are topics that Headwater writes: no feeds of its own."""

    feeds: Mapping[str, Contract]
    broken: tuple[ContractError, ...] = ()
    outgoing: Mapping[str, Contract] = field(default_factory=dict)

    @property
    def with_topics(self) -> tuple[Contract, ...]:
        """All whose topics must be there."""
        return (*self.feeds.values(), *self.outgoing.values())

    def __getitem__(self, feed: str) -> Contract:
        """The contract of the feed; raises ContractError where there is none or it is broken."""
        if feed in self.feeds:
            return self.feeds[feed]
        errors = [error for error in self.broken if Path(error.file).name == feed + SUFFIX]
        if errors:
            raise errors[0]
        raise ContractError("there is no such feed", where="contracts", value=feed, fix=f"known: {', '.join(self.feeds)}")

    def of_system(self, system: str) -> tuple[Contract, ...]:
        """The sound contracts of the system, by feed; raises ContractError where the system has no file at all."""
        known = {contract.system for contract in self.feeds.values()} | {Path(error.file).parent.name for error in self.broken}
        if system not in known:
            raise ContractError("there is no such system", where="contracts", value=system, fix=f"known: {', '.join(sorted(known))}")
        return tuple(contract for contract in self.feeds.values() if contract.system == system)


def load_contracts(root: Path | None = None) -> Contracts:
    """All contracts below the folder, in the order of their files; without one, below that of the settings.

    Raises ContractError only where there is no such folder.
    """
    root = root or contracts_folder()
    if not root.is_dir():
        raise ContractError("there is no folder of contracts", where=str(root), fix="give the folder that holds <system>/<feed>.odcs.yaml")
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix in (".yaml", ".yml"))
    sound: list[Contract] = []
    broken: list[ContractError] = []
    for file in files:
        contract, problems = load_contract(file, root)
        broken += [problem.error(file) for problem in problems]
        sound += [contract] if contract else []
    twice = _twice(sound)
    broken += twice
    clashing = {error.file for error in twice}
    kept = {each.feed: each for each in sound if str(each.path) not in clashing}
    outgoing = {name: each for name, each in kept.items() if each.system == OUTGOING}
    return Contracts({name: each for name, each in kept.items() if name not in outgoing}, tuple(broken), outgoing)


def load_contract(file: Path, root: Path) -> tuple[Contract | None, list[Problem]]:
    """One file: its contract, or all that is wrong with it."""
    if not file.name.endswith(SUFFIX) or file.parent.parent != root:
        return None, [
            Problem("file-name", "", "the file is where no contract is looked for", file.name, f"name it <system>/<feed>{SUFFIX}")
        ]
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem("yaml-syntax", "", f"the file cannot be read: {error}", fix="save it as UTF-8 text")]
    contract, problems = _said_in(text, file)
    return contract, list(problems)


@lru_cache(maxsize=256)
def _said_in(text: str, file: Path) -> tuple[Contract | None, tuple[Problem, ...]]:
    """Kept by all that the file says: who asks for the contracts at each request pays only for what has changed since."""
    document, problems = read(text)
    if document is None:
        return None, tuple(problems)
    problems = list(check(document, file))
    return (None, tuple(problems)) if problems else (build(document, file), ())


def _twice(contracts: Iterable[Contract]) -> list[ContractError]:
    """An error for each file whose feed another file has too: neither is taken, for who could say which is right."""
    listed = list(contracts)
    counts = Counter(contract.feed for contract in listed)
    return [
        Problem("one-topic", "schema[0].physicalName", "another file has this topic too", each.topic.name, "keep one").error(each.path)
        for each in listed
        if counts[each.feed] > 1
    ]
