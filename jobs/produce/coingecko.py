"""CoinGecko's simple/price API: one call for all coins, and its answer as the fields of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from include.errors import SourceError

PREFIX = "/api/v3"
PUBLIC_URL = f"https://api.coingecko.com{PREFIX}"
STAND_IN_HEADER = "X-Headwater-Stand-In"
_PRO_HOST = "pro-api.coingecko.com"
_ASKED = {
    "vs_currencies": "usd,eur",
    "include_market_cap": "true",
    "include_24hr_vol": "true",
    "include_24hr_change": "true",
    "include_last_updated_at": "true",
    "precision": "full",
}


@dataclass(frozen=True)
class Quotes:
    """One answer: who gave it, and what it says of each coin, as it says it."""

    source: str
    coins: Mapping[str, Any]


class PriceApi:
    """A client. Close it."""

    def __init__(self, url: str, coins: Sequence[str], api_key: str = "", timeout_seconds: float = 10.0) -> None:
        self._url, self._ids = url.rstrip("/"), ",".join(coins)
        name = "x-cg-pro-api-key" if httpx.URL(url).host == _PRO_HOST else "x-cg-demo-api-key"
        self._client = httpx.Client(timeout=timeout_seconds, headers={name: api_key} if api_key else {})

    def ask(self) -> Quotes:
        """The coins' quotes. SourceError where there is no answer, or none with quotes."""
        where = f"{self._url}/simple/price"
        try:
            answer = self._client.get(where, params={"ids": self._ids, **_ASKED})
        except httpx.HTTPError as error:
            what = f"the price API gives no answer: {type(error).__name__} {error}".rstrip()
            raise SourceError(what, where=where, fix="see that CRYPTO_API_URL is right and can be reached") from error
        if answer.status_code != 200:
            what = "the price API asks to be left alone" if answer.status_code == 429 else "the price API gives an error"
            after = retry_seconds(answer.headers.get("Retry-After"), datetime.now(UTC))
            fix = "poll less often, or with a key of your own (POLL_INTERVAL_SEC, CRYPTO_API_KEY)" if answer.status_code == 429 else ""
            raise SourceError(what, where=where, value=f"{answer.status_code} {answer.text[:200]}", fix=fix, retry_after=after)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SourceError(
                "the price API's answer is no JSON object", where=where, value=answer.text[:200], fix="is this the API's URL?"
            )
        return Quotes(f"stand-in {self._url}" if STAND_IN_HEADER in answer.headers else self._url, found)

    def close(self) -> None:
        self._client.close()


def retry_seconds(header: str | None, now: datetime) -> float | None:
    """How long a Retry-After header, in seconds or as a date, asks to wait; None where there is none that can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)


def as_fields(coin: str, quote: Any) -> dict[str, object]:
    """The record that the quote makes; None for what it does not say. Nothing is made up: the contract says whether it will do."""
    said = quote if isinstance(quote, Mapping) else {}
    return {
        "crypto": coin,
        "price_usd": said.get("usd"),
        "price_eur": said.get("eur"),
        "change_24h": said.get("usd_24h_change"),
        "market_cap": said.get("usd_market_cap"),
        "volume_24h": said.get("usd_24h_vol"),
        "timestamp": _instant(said.get("last_updated_at")),
    }


def _instant(seconds: Any) -> datetime | None:
    """Seconds since 1970 as a time; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
