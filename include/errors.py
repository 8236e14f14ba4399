"""Every error that Headwater raises on purpose.

HeadwaterError
├── SettingsError      a setting is missing or has a value that cannot be used
├── ContractError      a contract file breaks the standard or a house rule
├── StoreError         the object store refused or lost a call
├── NoSuchTable        nobody has made a table of that address
├── TopicError         Kafka does not have what a contract asks for
├── SourceError        a source of records gave no answer that can be used
├── LeaseError
│   ├── LeaseHeld      somebody else writes this
│   └── LeaseLost      we wrote this, and somebody else may now
├── FencedError        a commit from a stale handle was refused
├── StreamError        a stream group cannot be started, or keeps dying
│   └── OffsetsLost    a table has rows, and not the offsets to go on from: only a person can choose
├── DayAccountError    a day's rows do not add up
├── LedgerError        the auditor found rows missing, doubled or of nowhere
├── TooManyBadRows     more of a day is in quarantine and dead letters than the feed's contract allows
├── RebuildRefused     a rebuild, or its undoing, would lose something that cannot be had again
├── MaintenanceFailed  some tables could not be looked after; the others were
├── ServingError       the database that gold is published to did not take a table
│   └── ServingRefused it has another table of that name than gold has, or is not as it must be: only a person can mend that
└── NothingToLearn     there is too little to train a model on
"""

# How botocore and delta-rs say that nobody answers: each has a dozen exceptions for it, or one for everything.
_STORE_AWAY = (
    "could not connect to the endpoint url",
    "connect timeout on endpoint url",
    "read timeout on endpoint url",
    "connection was closed before we received a valid response",
    "error sending request",
    "error trying to connect",
    "connection refused",
    "operation timed out",
)
_KAFKA_AWAY = (
    "broker transport failure",
    "all broker connections are down",
    "timed out",
    "_transport",
    "no broker answers",
    "no answer for",
)


class HeadwaterError(Exception):
    """What went wrong, where, with which value, and how to fix it; the parts stay readable as attributes."""

    def __init__(self, what: str, *, where: str = "", value: object = None, fix: str = "") -> None:
        self.what, self.where, self.value, self.fix = what, where, value, fix
        parts = [what]
        if where:
            parts.append(f"where: {where}")
        if value is not None:
            parts.append(f"value: {value!r}")
        if fix:
            parts.append(f"fix: {fix}")
        super().__init__("; ".join(parts))


class SettingsError(HeadwaterError):
    """A setting is missing, or its value cannot be used."""


class ContractError(HeadwaterError):
    """A contract breaks the Open Data Contract Standard or a rule of the house: `rule`, at `path` inside `file`."""

    def __init__(
        self, what: str, *, where: str = "", value: object = None, fix: str = "", file: str = "", path: str = "", rule: str = ""
    ) -> None:
        self.file, self.path, self.rule = file, path, rule
        super().__init__(what, where=where or ": ".join(filter(None, (file, path))), value=value, fix=fix)


class StoreError(HeadwaterError):
    """The object store refused a call, or gave no answer."""

    @property
    def no_answer(self) -> bool:
        """Whether it gave none, by the words of the client that asked; where these do not say so, it did."""
        return _says_one_of(self, _STORE_AWAY)


class NoSuchTable(HeadwaterError):
    """There is no table of that address, or not yet."""


class TopicError(HeadwaterError):
    """Kafka does not have what a contract asks for, or could not be asked."""

    @property
    def no_answer(self) -> bool:
        """Whether no broker answered, by the client's words; where these do not say so, one did."""
        return _says_one_of(self, _KAFKA_AWAY)


class SourceError(HeadwaterError):
    """A source of records gave no answer that can be used; `retry_after` is how many seconds it asked to be left alone, if it did."""

    def __init__(self, what: str, *, where: str = "", value: object = None, fix: str = "", retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(what, where=where, value=value, fix=fix)


class LeaseError(HeadwaterError):
    """Something about who may write."""


class LeaseHeld(LeaseError):
    """Somebody else holds the lease and renews it."""


class LeaseLost(LeaseError):
    """The lease was ours and may now be somebody else's: stop writing."""


class FencedError(HeadwaterError):
    """A commit was refused because another writer has committed to the table since we last looked."""


class StreamError(HeadwaterError):
    """A stream group cannot be started, or dies as often as it is started."""


class OffsetsLost(StreamError):
    """A table's rows and the offsets in its log do not go together: where to read on is a choice that only a person can make."""


class DayAccountError(HeadwaterError):
    """The rows of a day do not add up: a bronze row is in no table, or in two."""


class LedgerError(HeadwaterError):
    """The auditor found offsets that no row and no declared gap accounts for, rows twice or of nowhere, or days that do not add up."""


class TooManyBadRows(HeadwaterError):
    """More of a day's rows are in quarantine and dead letters than the contract allows: gold of that day is better left as it is."""


class RebuildRefused(HeadwaterError):
    """A rebuild, or its undoing, would lose something that cannot be had again, or cannot be done any more: only a person can decide."""


class NothingToLearn(HeadwaterError):
    """There are too few rows, or too much alike, to train a model on: nothing is wrong, and nothing is done."""


class MaintenanceFailed(HeadwaterError):
    """Some tables could not be looked after; the others were."""


class ServingError(HeadwaterError):
    """The database that gold is published to gave no answer, or did not take a table's rows: what it had, it has."""


class ServingRefused(ServingError):
    """Nothing was published, and asking again does not change it: the table there is another one than gold's, or the database lacks what
    docs/serving.md makes in it."""


def _says_one_of(error: HeadwaterError, words: tuple[str, ...]) -> bool:
    said = error.what.lower()
    return any(each in said for each in words)
