"""A local server that speaks CoinGecko's simple/price API where there is no network. Its prices are a random walk, no market's.

It says so: `/ping` tells it, and every answer has the header X-Headwater-Stand-In. For tests its first answers can be told (`Answer`).
Both `/simple/price` and `/api/v3/simple/price` are served.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from include.errors import SettingsError
from jobs.produce.coingecko import PREFIX, STAND_IN_HEADER
from jobs.produce.crypto import COINS, Coin, euros

HOST, PORT = "127.0.0.1", 5002
_SAYS = "(V3) To the Moon! This is Headwater's stand-in: a random walk, no market's prices"
_LIMITED = {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}
_FIX = "ok, 429, 429:SECONDS, 429:+SECONDS (as a date), 500, hang:SECONDS, text, without:COIN or priceless:COIN, separated by blanks"


@dataclass(frozen=True)
class Answer:
    """What one request for prices gets: `429:2` is a refusal with Retry-After: 2, `429:+2` the same as a date, `500` an error,
    `hang:3` silence for three seconds and then the end of the connection, `text` no JSON, `without:solana` an answer that lacks
    the coin, `priceless:solana` one in which it has no price."""

    kind: str
    detail: str = ""

    @classmethod
    def read(cls, text: str) -> list[Answer]:
        """Answers separated by blanks. SettingsError for one that is not known."""
        found = [cls(*word.split(":", 1)) for word in text.split()]
        for answer in found:
            if not answer._is_known():
                raise SettingsError("there is no such answer", where="--answers", value=f"{answer.kind}:{answer.detail}", fix=_FIX)
        return found

    def _is_known(self) -> bool:
        if self.kind == "hang":
            return self.detail.isdigit()
        return self.kind in ("ok", "text", "without", "priceless") or (self.kind.isdigit() and 400 <= int(self.kind) < 600)

    def retry_after(self) -> dict[str, str]:
        if not self.detail:
            return {}
        if self.detail.startswith("+"):
            return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=int(self.detail)), usegmt=True)}
        return {"Retry-After": self.detail}


class Market:
    """Each coin's price at the time that it is asked for."""

    coins: Mapping[str, Coin] = {coin.name: coin for coin in COINS}

    def quotes(self, ids: Iterable[str], currencies: Iterable[str], flags: dict[str, bool], now: datetime) -> dict[str, dict[str, Any]]:
        """What simple/price answers; a coin or a currency that it does not know is left out, as there."""
        rates = {"usd": 1.0, "eur": euros(now)}
        known = {each: rates[each] for each in currencies if each in rates}
        return {name: _quote(self.coins[name], known, flags, now) for name in ids if name in self.coins}


def _quote(coin: Coin, rates: Mapping[str, float], flags: dict[str, bool], now: datetime) -> dict[str, Any]:
    quote, found = coin.quote(now), {}
    for currency, rate in rates.items():
        found[currency] = round(quote.price * rate, 8)
        found |= {f"{currency}_market_cap": round(quote.cap * rate, 2)} if flags["include_market_cap"] else {}
        found |= {f"{currency}_24h_vol": round(quote.volume * rate, 2)} if flags["include_24hr_vol"] else {}
        found |= {f"{currency}_24h_change": round(quote.change, 8)} if flags["include_24hr_change"] else {}
    return found | ({"last_updated_at": int(now.timestamp())} if flags["include_last_updated_at"] else {})


class StandIn(ThreadingHTTPServer):
    """The server; `told` are its first answers to requests for prices."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], told: Iterable[Answer] = ()) -> None:
        super().__init__(address, _Handler)
        self.market = Market()
        self._told = deque(told)

    def next_answer(self) -> Answer:
        return self._told.popleft() if self._told else Answer("ok")


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        path = asked.path.removeprefix(PREFIX)
        if path == "/ping":
            self._send(200, {"gecko_says": _SAYS, "stand_in": True})
        elif path == "/simple/price":
            self._prices({name: values[-1] for name, values in parse_qs(asked.query).items()})
        else:
            self._send(404, {"error": "there is /ping and /simple/price"})

    def _prices(self, query: dict[str, str]) -> None:
        if missing := [name for name in ("ids", "vs_currencies") if not query.get(name)]:
            self._send(422, {"error": f"Missing parameter {missing[0]}"})
            return
        answer = self.server.next_answer()
        if answer.kind == "hang":
            time.sleep(int(answer.detail))
            self.close_connection = True
        elif answer.kind == "text":
            self._send_bytes(200, b"<html>We'll be back</html>", {"Content-Type": "text/html"})
        elif answer.kind.isdigit():
            said = _LIMITED if answer.kind == "429" else {"error": "told to fail"}
            self._send(int(answer.kind), said, answer.retry_after())
        else:
            self._send(200, self._quotes(query, answer))

    def _quotes(self, query: dict[str, str], answer: Answer) -> dict[str, dict[str, Any]]:
        flags = ("include_market_cap", "include_24hr_vol", "include_24hr_change", "include_last_updated_at")
        asked = {name: query.get(name) == "true" for name in flags}
        found = self.server.market.quotes(query["ids"].split(","), query["vs_currencies"].split(","), asked, datetime.now(UTC))
        if answer.kind == "without":
            found.pop(answer.detail, None)
        elif answer.kind == "priceless" and answer.detail in found:
            found[answer.detail] |= {"usd": None}
        return found

    def _send(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send_bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, STAND_IN_HEADER: "a random walk", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Each poll would be a line."""


def main() -> int:
    parser = argparse.ArgumentParser(description="CoinGecko's simple/price API, from a random walk.")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--answers", default="", help=f"its first answers: {_FIX}")
    given = parser.parse_args()
    try:
        told = Answer.read(given.answers)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    with StandIn((given.host, given.port), told) as server:
        print(f"stand-in for CoinGecko at http://{given.host}:{server.server_address[1]}{PREFIX}", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
