"""A sound contract, and ways to spoil it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from include.contracts import Contracts, load_contracts

SOUND = """
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: headwater-card-sales
name: card_sales
status: active
domain: shop
description: {purpose: Sales by card.}
servers:
  - server: kafka
    type: kafka
    host: ${KAFKA_BOOTSTRAP_SERVERS}
    format: json
    customProperties:
      - {property: partitions, value: 2}
      - {property: replicationFactor, value: 1}
      - {property: topicConfig, value: {retention.ms: 604800000, max.message.bytes: 2097152, min.insync.replicas: 1}}
slaProperties:
  - {property: latency, value: 500, unit: ms}
  - {property: freshness, value: 2, unit: min}
  - {property: lag, value: 10000, unit: records}
  - {property: retention, value: unlimited, unit: d}
schema:
  - name: card_sales
    physicalType: topic
    physicalName: card-sales
    customProperties:
      - {property: messageKey, value: sale_id}
      - {property: eventTime, value: sold_at}
    properties:
      - {name: sale_id, description: The sale., logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1,
         logicalTypeOptions: {minLength: 1, maxLength: 20}}
      - {name: sold_at, description: When., logicalType: timestamp, required: true, logicalTypeOptions: {defaultTimezone: Etc/UTC}}
      - name: price
        description: What was paid.
        logicalType: number
        physicalType: decimal(18,4)
        required: true
        logicalTypeOptions: {minimum: 0.1, exclusiveMaximum: 1000}
        customProperties: [{property: unit, value: EUR}]
      - {name: card, description: The kind of card., logicalType: string, required: false, enum: [{value: debit}, {value: credit}]}
      - name: lines
        description: What was bought.
        logicalType: array
        required: false
        logicalTypeOptions: {minItems: 1, maxItems: 9}
        items:
          logicalType: object
          properties:
            - name: pieces
              description: How many.
              logicalType: integer
              physicalType: int
              required: true
              logicalTypeOptions: {minimum: 1}
              customProperties: [{property: unit, value: pieces}]
    quality:
      - {name: cheap_debit, description: Debit up to 50., type: custom, engine: sparkSql, implementation: "card <> 'debit' OR price <= 50"}
"""
CONFIG = "servers[0].customProperties[2].value"
TOPIC_CONFIG = {"retention.ms": 604800000, "max.message.bytes": 2097152, "min.insync.replicas": 1}
FIELDS = "schema[0].properties"
GONE = object()


def write(root: Path, text: str, place: str = "shop/card_sales.odcs.yaml") -> Path:
    file = root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def edited(**changes: Any) -> str:
    """The sound contract with the value at each path replaced, or taken away with GONE."""
    document = yaml.safe_load(SOUND)
    for path, value in changes.items():
        *parents, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
        place = document
        for part in parents:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return yaml.safe_dump(document)


def load(root: Path, text: str) -> Contracts:
    write(root, text)
    return load_contracts(root)
