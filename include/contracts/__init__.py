"""Contracts: what a feed promises, and all that Headwater derives from it."""

from include.contracts.load import Contracts, load_contracts
from include.contracts.model import Contract, Field, Rule, Sla, TopicSettings

__all__ = ["Contract", "Contracts", "Field", "Rule", "Sla", "TopicSettings", "load_contracts"]
