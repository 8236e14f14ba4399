"""What the planets API answers, as models for its documentation, and how a verdict becomes an answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from include.contracts import Contract
from include.contracts.explain import explain
from include.contracts.verdict import Verdict

SHOWN = 100


class Accepted(BaseModel):
    """The broker has acknowledged the planet."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0, description="Of the record in its partition: with topic and partition, its address for ever.")


class Reason(BaseModel):
    """One rule of the contract that the planet breaks."""

    reason: str = Field(description="As the quarantine tables name it.", examples=["exclusive_minimum:Gravity"])
    field: str = Field(description="The field; empty where it is the message as a whole, or several fields.", examples=["Gravity"])
    message: str = Field(examples=["Gravity is not above 0 g"])
    value: str | None = Field(description=f"The field's value, in JSON, its first {SHOWN} characters; null: none.", examples=["-3"])


class Refused(BaseModel):
    """Nothing was sent, or nobody knows whether it arrived: `detail` says which."""

    detail: str
    reasons: list[Reason] = Field(default=[], description="Every rule that is broken; for a planet that breaks its contract.")


def reasons_of(contract: Contract, verdict: Verdict) -> list[Reason]:
    """The verdict's reasons in words, each with the value that it is about."""
    told = [explain(contract, reason) for reason in verdict.reasons]
    return [Reason(**vars(each), value=_shown((verdict.fields or {}).get(each.field))) for each in told]


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return (str(value) if isinstance(value, Decimal) else json.dumps(value, default=str, ensure_ascii=False))[:SHOWN]


class Health(BaseModel):
    """A broker answers, and has the topic."""

    status: str
    topic: str
    partitions: int


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, detail: str, reasons: list[Reason] | None = None, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.answer = status, Refused(detail=detail, reasons=reasons or [])
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}


async def refused(_: Request, refusal: Refusal) -> JSONResponse:
    return JSONResponse(refusal.answer.model_dump(), refusal.status, refusal.headers)


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The token is missing or wrong."},
    413: {"model": Refused, "description": "The body is too large."},
    415: {"model": Refused, "description": "The body is not said to be JSON."},
    422: {"model": Refused, "description": "The planet breaks its contract, or is no JSON; with every reason."},
    503: {"model": Refused, "description": "Kafka is away. `Retry-After` says for how many seconds to wait."},
}
