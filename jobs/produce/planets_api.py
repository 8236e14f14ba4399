"""The planets HTTP API: POST /planets → the topic planet_discoveries, as its contract asks.

A planet is answered with 202 when the broker has acknowledged it, and never before. A bad one is answered with all its reasons.
Run as a program it serves until it is told to end: settings in ApiSettings, Kafka's in include/settings.py.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from include.common_settings import PLANETS_TOKEN
from include.contracts import Contract, load_contracts
from include.contracts.explain import json_schema
from include.contracts.verdict import RecordCheck
from include.declared_settings import Reader, declared, read, refuse_unknown_names, setting
from include.errors import HeadwaterError, TopicError
from include.settings import KafkaSettings
from jobs.produce.acknowledged import AcknowledgedSender
from jobs.produce.planets_answers import REFUSALS, Accepted, Health, Refusal, reasons_of, refused
from jobs.produce.record import Record

FEED = "planet_discoveries"
MOST_BYTES = 64 * 1024
RETRY_SECONDS = 5  # what clients are told to wait when Kafka is away
HEADERS = (("source", b"planets-api"),)
_bearer = HTTPBearer(auto_error=False, description="The token of this stack: PLANETS_API_TOKEN in .headwater/env.")
_log = logging.getLogger("headwater.planets_api")


@dataclass(frozen=True)
class ApiSettings:
    """The planets API as a program. In the embedded stack `HEADWATER_PLANETS_API_PORT` says the port, on 127.0.0.1."""

    token: str = declared(PLANETS_TOKEN)
    host: str = setting("PLANETS_API_HOST", "127.0.0.1", "the address that it listens at", Reader.PLANETS_API)
    port: int = setting("PLANETS_API_PORT", 5001, "its TCP port", Reader.PLANETS_API, least=1, most=65535)
    ack_seconds: float = setting(
        "PLANETS_API_ACK_SECONDS",
        15.0,
        "how long it waits for the broker's word before it answers 503",
        Reader.PLANETS_API,
        unit="s",
        least=0.1,
        most=300,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ApiSettings:
        return read(cls, environment)


def create_app(contract: Contract, settings: ApiSettings, kafka: KafkaSettings) -> FastAPI:
    """The application. It has a producer while it is served."""
    check = RecordCheck(contract)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.sender = AcknowledgedSender(kafka, settings.ack_seconds)
        yield
        await run_in_threadpool(app.state.sender.close)

    app = FastAPI(title="Headwater: planets", description=contract.description, version=contract.version, lifespan=lifespan)
    app.add_exception_handler(Refusal, refused)

    async def who(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
        given = credentials.credentials if credentials else ""
        if not secrets.compare_digest(given.encode(), settings.token.encode()):
            raise HTTPException(401, "send `Authorization: Bearer <PLANETS_API_TOKEN>`", {"WWW-Authenticate": "Bearer"})

    documented = {"requestBody": {"required": True, "content": {"application/json": {"schema": json_schema(contract)}}}}

    @app.post("/planets", status_code=202, dependencies=[Depends(who)], responses=REFUSALS, openapi_extra=documented)
    async def discover(request: Request) -> Accepted:
        """One discovery. 202: all replicas have it, at this partition and offset. After 503 nobody knows whether it is there: send it
        again, for the same planet again on a day is a new state of it."""
        body = await _body(request)
        verdict = check.judge(body)
        if verdict.fields is None or verdict.reasons:
            raise Refusal(422, "the planet breaks its contract", reasons_of(contract, verdict))
        key = str(verdict.fields[contract.key_field]).encode()
        try:
            place = await asyncio.wrap_future(app.state.sender.send(Record(contract.topic.name, key, body, headers=HEADERS)))
        except TopicError as error:
            _log.warning("not accepted: %s", error)
            raise Refusal(503, f"Kafka has not taken it: {error.what}", retry_after=RETRY_SECONDS) from error
        return Accepted(topic=contract.topic.name, partition=place.partition, offset=place.offset)

    @app.get("/health", responses={503: REFUSALS[503]})
    async def health() -> Health:
        """Whether a broker answers and has the topic."""
        try:
            partitions = await run_in_threadpool(app.state.sender.require_topic, contract.topic.name)
        except TopicError as error:
            raise Refusal(503, f"Kafka: {error.what}", retry_after=RETRY_SECONDS) from error
        return Health(status="up", topic=contract.topic.name, partitions=partitions)

    return app


async def _body(request: Request) -> bytes:
    """The body. Refusal for one that says that it is no JSON, or that is too large; that one is not read to its end."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, f"this is {kind or 'of no type'}; send JSON with `Content-Type: application/json`")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refusal(413, f"the body is larger than {MOST_BYTES} bytes; one planet a request")
    return bytes(body)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        refuse_unknown_names(os.environ)
        settings = ApiSettings.from_environment()
        app = create_app(load_contracts()[FEED], settings, KafkaSettings.from_environment())
    except HeadwaterError as error:
        _log.error("%s", error)
        return 1
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
