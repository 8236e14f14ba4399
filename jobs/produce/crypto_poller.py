"""The crypto poller: CoinGecko's simple/price API → the topic crypto-prices, at an interval, until it is told to end (SIGTERM).

What it sends is what the API said: nothing is made up, repeated or filled in. Each record's header `source` names who said it: the
API's base URL, with `stand-in` before it where it was the bundled one. Settings: PollerSettings.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.common_settings import PRICE_API
from include.contracts import Contract, load_contracts
from include.contracts.explain import explain
from include.contracts.verdict import RecordCheck
from include.declared_settings import Reader, declared, read, refuse_unknown_names, setting
from include.errors import HeadwaterError, SourceError
from include.settings import KafkaSettings
from jobs.produce.coingecko import PriceApi, Quotes, as_fields
from jobs.produce.outbox import Outbox
from jobs.produce.record import Record, to_json

FEED = "crypto_prices"
MOST_WAITING = 50_000  # records that Kafka has not taken: no more are asked for, since none may be lost
LAST_WORDS_SECONDS = 10.0
_LEAST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds after a failure
_SLICE_SECONDS = 0.2  # how soon a request to end is heard
_CLIENTS_OWN = "the client's own"
_log = logging.getLogger("headwater.crypto_poller")


@dataclass(frozen=True)
class PollerSettings:
    """The crypto poller: what it asks whom and how often, and the options of its Kafka producer."""

    url: str = declared(PRICE_API)
    coins: tuple[str, ...] = setting(
        "CRYPTO_IDS",
        ("bitcoin", "ethereum", "cardano", "solana", "polkadot"),
        "the coins, by CoinGecko's ids, separated by commas",
        Reader.POLLER,
        form="ids separated by commas",
    )
    interval_seconds: float = setting(
        "POLL_INTERVAL_SEC", 10.0, "from one poll to the next", Reader.POLLER, unit="s", least=0.1, most=86_400
    )
    api_key: str = setting("CRYPTO_API_KEY", "", "a key of your own for CoinGecko", Reader.POLLER, secret=True)
    acks: str = setting(
        "PRODUCER_ACKS",
        "all",
        "whose word counts: with less than all (which is -1) a record can be lost",
        Reader.POLLER,
        choices=("all", "-1", "0", "1"),
    )
    linger_milliseconds: int | None = setting(
        "PRODUCER_LINGER_MS",
        None,
        "how long a record may wait for others",
        Reader.POLLER,
        kind=int,
        unit="ms",
        least=0,
        most=900_000,
        unset=_CLIENTS_OWN,
    )
    batch_bytes: int | None = setting(
        "PRODUCER_BATCH_SIZE",
        None,
        "at most so much in a message set",
        Reader.POLLER,
        kind=int,
        unit="bytes",
        least=1,
        most=2**31 - 1,
        unset=_CLIENTS_OWN,
    )
    compression: str = setting(
        "PRODUCER_COMPRESSION",
        "",
        "how record sets are compressed",
        Reader.POLLER,
        choices=("none", "gzip", "snappy", "lz4", "zstd"),
        unset=_CLIENTS_OWN,
    )

    alive_file: Path | None = setting(
        "CRYPTO_POLLER_ALIVE_FILE", None, "a file that is touched while the poller is not stuck", Reader.POLLER, kind=Path, unset="none"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> PollerSettings:
        return read(cls, environment)

    @property
    def producer(self) -> dict[str, str | int | bool]:
        """The producer's options by librdkafka's names."""
        options = {"linger.ms": self.linger_milliseconds, "batch.size": self.batch_bytes, "compression.type": self.compression or None}
        given = {name: value for name, value in options.items() if value is not None}
        return {"acks": self.acks, "enable.idempotence": self.acks in ("all", "-1"), **given}


class Poller:
    """Polls until `end` is set."""

    def __init__(self, contract: Contract, settings: PollerSettings, api: PriceApi, outbox: Outbox, end: threading.Event) -> None:
        self._contract, self._settings, self._api, self._outbox, self._end = contract, settings, api, outbox, end
        self._check = RecordCheck(contract)
        self._last: dict[str, bytes] = {}  # each coin's record before
        self._troubles: dict[str, str] = {}  # what was last said of a coin
        self._failures, self._pause = 0, 0.0
        self._source = ""

    def run(self) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            due = max(due + self._settings.interval_seconds, time.monotonic()) if self._poll() else time.monotonic() + self._pause
            while not self._end.is_set() and (left := due - time.monotonic()) > 0:
                self._outbox.tend(min(left, _SLICE_SECONDS))
                if self._settings.alive_file:
                    self._settings.alive_file.touch()

    def _poll(self) -> bool:
        """Asks once and sends what is new; False where the API was not to be had, with `_pause` until it is to be asked again."""
        self._outbox.tend(0)
        if len(self._outbox) >= MOST_WAITING:
            _log.error("not polling: %d records wait for Kafka, and none may be lost", len(self._outbox))
            return True
        try:
            quotes = self._api.ask()
        except SourceError as error:
            self._failures += 1
            backoff = min(2.0 ** min(self._failures - 1, 10), _LONGEST_WAIT)
            usual = max(self._settings.interval_seconds, backoff)
            self._pause = usual if error.retry_after is None else max(error.retry_after, _LEAST_WAIT)
            _log.warning("no prices, asking again in %.0f s: %s", self._pause, error)
            return False
        sent = sum(self._send(coin, quotes) for coin in self._settings.coins)
        if self._failures or quotes.source != self._source:
            _log.info("%d of %d prices from %s", sent, len(self._settings.coins), quotes.source)
        self._failures, self._source = 0, quotes.source
        return True

    def _send(self, coin: str, quotes: Quotes) -> bool:
        """Sends the coin's record, unless there is none, it breaks its contract, or it is the one before."""
        value = to_json(as_fields(coin, quotes.coins.get(coin)))
        reasons = self._check.judge(value).reasons if coin in quotes.coins else ("missing",)
        self._tell(coin, reasons)
        if reasons or value == self._last.get(coin):
            return False
        self._last[coin] = value
        source = ("source", quotes.source.encode())
        self._outbox.put(Record(self._contract.topic.name, coin.encode(), value, headers=(source,)))
        return True

    def _tell(self, coin: str, reasons: tuple[str, ...]) -> None:
        """Says once what is wrong with a coin, and once that nothing is any more."""
        if reasons == ("missing",):
            trouble = "is not in the API's answer: see that CRYPTO_IDS has its id"
        else:
            trouble = "; ".join(explain(self._contract, reason).message for reason in reasons)
        if trouble != self._troubles.get(coin, ""):
            _log.warning("%s is left out: %s", coin, trouble) if trouble else _log.info("%s is back", coin)
        self._troubles[coin] = trouble


def run() -> int:
    """Polls until a signal ends it; how many records are lost then, because Kafka did not take them."""
    refuse_unknown_names(os.environ)
    settings, kafka, end = PollerSettings.from_environment(), KafkaSettings.from_environment(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    api, outbox = PriceApi(settings.url, settings.coins, settings.api_key), Outbox(kafka, settings.producer)
    _log.info("polling %s every %g s for %s", settings.url, settings.interval_seconds, ", ".join(settings.coins))
    Poller(load_contracts()[FEED], settings, api, outbox, end).run()
    api.close()
    left = outbox.close(LAST_WORDS_SECONDS)
    if left:
        _log.error("%d records are lost: Kafka has not taken them within %g s", left, LAST_WORDS_SECONDS)
    _log.info("ended")
    return left


def main() -> int:
    """0 when everything that was polled is in Kafka."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return 1 if run() else 0
    except HeadwaterError as error:
        _log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
