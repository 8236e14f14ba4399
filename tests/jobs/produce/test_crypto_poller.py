"""The poller's settings, and what it makes of an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from include.errors import SettingsError
from jobs.produce.coingecko import as_fields, retry_seconds
from jobs.produce.crypto import prices
from jobs.produce.crypto_poller import PollerSettings
from jobs.produce.crypto_stand_in import Answer, Market

URL = {"CRYPTO_API_URL": "https://api.coingecko.com/api/v3"}
NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def test_without_further_settings_it_polls_five_coins_every_ten_seconds_and_waits_for_all_replicas() -> None:
    settings = PollerSettings.from_environment(URL)
    assert (settings.coins, settings.interval_seconds) == (("bitcoin", "ethereum", "cardano", "solana", "polkadot"), 10)
    assert settings.producer == {"acks": "all", "enable.idempotence": True}


def test_file_that_tells_that_it_is_not_stuck_is_there_when_asked_for() -> None:
    assert PollerSettings.from_environment(URL).alive_file is None
    assert PollerSettings.from_environment({**URL, "CRYPTO_POLLER_ALIVE_FILE": "/tmp/alive"}).alive_file == Path("/tmp/alive")


def test_every_setting_is_taken_from_the_environment() -> None:
    settings = PollerSettings.from_environment(
        {
            **URL,
            "CRYPTO_IDS": "bitcoin, dogecoin,bitcoin",
            "CRYPTO_API_KEY": "key",
            "POLL_INTERVAL_SEC": "2.5",
            "PRODUCER_ACKS": "1",
            "PRODUCER_LINGER_MS": "0",
            "PRODUCER_BATCH_SIZE": "4096",
            "PRODUCER_COMPRESSION": "zstd",
        }
    )
    assert (settings.coins, settings.interval_seconds, settings.api_key) == (("bitcoin", "dogecoin"), 2.5, "key")
    assert settings.producer == {
        "acks": "1", "enable.idempotence": False, "linger.ms": 0, "batch.size": 4096, "compression.type": "zstd",
    }  # fmt: skip
    assert "key" not in repr(settings).replace("api_key", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRYPTO_API_URL", ""),
        ("CRYPTO_API_URL", "api.coingecko.com"),
        ("CRYPTO_IDS", " , "),
        ("POLL_INTERVAL_SEC", "0"),
        ("POLL_INTERVAL_SEC", "often"),
        ("PRODUCER_ACKS", "2"),
        ("PRODUCER_LINGER_MS", "-1"),
        ("PRODUCER_BATCH_SIZE", "nan"),
        ("PRODUCER_COMPRESSION", "rar"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        PollerSettings.from_environment({**URL, name: value})
    assert raised.value.where == name


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("30", 30),
        ("0", 0),
        ("Sat, 14 Mar 2026 09:27:53 GMT", 60),
        ("Sat, 14 Mar 2026 09:26:00 GMT", 0),
        ("Sat, 14 Mar 2026 10:27:53 +0100", 60),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_seconds(header, NOW) == seconds


def test_a_quote_is_a_record_and_what_it_does_not_say_is_none() -> None:
    quote = {"usd": 1.5, "eur": 1, "usd_market_cap": 9, "eur_market_cap": 8, "usd_24h_vol": 7, "usd_24h_change": -2, "last_updated_at": 60}
    at = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    whole = {"crypto": "a", "price_usd": 1.5, "price_eur": 1, "change_24h": -2, "market_cap": 9, "volume_24h": 7, "timestamp": at}
    assert as_fields("a", quote) == whole
    assert set(as_fields("a", {"usd": None, "last_updated_at": "now"}).values()) == {"a", None}
    assert set(as_fields("a", [1]).values()) == {"a", None}


def test_the_stand_in_quotes_what_is_asked_for_at_the_price_that_a_generated_record_has() -> None:
    flags = dict.fromkeys(("include_market_cap", "include_24hr_vol", "include_24hr_change", "include_last_updated_at"), True)
    one = Market().quotes(["bitcoin", "none"], ["usd", "eur", "xxx"], flags, NOW)
    (generated,) = (fields for _, fields in prices(Random(1), [NOW]))
    quoted = as_fields("bitcoin", one["bitcoin"])
    for name in ("price_usd", "price_eur", "change_24h", "market_cap", "volume_24h"):
        assert quoted[name] == pytest.approx(generated[name], rel=1e-3), name
    assert one.keys() == {"bitcoin"}
    per_currency = [f"{name}{what}" for name in ("usd", "eur") for what in ("", "_market_cap", "_24h_vol", "_24h_change")]
    assert one["bitcoin"].keys() == {*per_currency, "last_updated_at"}
    assert one["bitcoin"]["last_updated_at"] == NOW.timestamp()


@pytest.mark.parametrize("text", ["maybe", "200", "hang", "hang:x", "ok 42"])
def test_an_answer_that_the_stand_in_cannot_give_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--answers"):
        Answer.read(text)
