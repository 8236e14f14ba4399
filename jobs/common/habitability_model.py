"""The model of Colonisable as what it does to a row: boosted trees as one SQL expression, with no function of Python and no file
of Spark's in the way. What learns it is in jobs/ml."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from include import models
from include.settings import LakeSettings

NAME = "habitability"
FIELDS = ("Num_Moons", "Minerals", "Gravity", "Sunlight_Hours", "Temperature", "Rotation_Time", "Water_Presence")
FEATURES = (*FIELDS, *(f"{name} is missing" for name in FIELDS))
# A leaf is its value. Any other node asks whether a feature, by its number, is at most a threshold: (feature, threshold, yes, no).
Node = float | Sequence[Any]


def features(medians: Mapping[str, float]) -> list[str]:
    """FEATURES as SQL over a row of silver.planet_discoveries, none of them null: each field, or its median where it is missing,
    and then for each field 1 where it is missing, else 0."""
    filled = [f"coalesce(cast({name} AS DOUBLE), {_literal(medians[name])})" for name in FIELDS]
    return [*filled, *(f"if({name} IS NULL, 1D, 0D)" for name in FIELDS)]


@dataclass(frozen=True)
class HabitabilityModel:
    """Gradient-boosted trees. `medians` are those of the rows that it learned from; `weights` are of the trees, in their order."""

    version: str
    medians: Mapping[str, float]
    weights: Sequence[float]
    trees: Sequence[Node]

    @classmethod
    def serving(cls, lake: LakeSettings) -> HabitabilityModel | None:
        """The one that serves now; None while none does. Raises StoreError where what serves is not there."""
        found = models.serving(lake, NAME)
        return None if found is None else cls.load(lake, found.version)

    @classmethod
    def load(cls, lake: LakeSettings, version: str) -> HabitabilityModel:
        """The one of that version; StoreError where there is none."""
        kept = models.load(lake, NAME, version)["scoring"]
        return cls(kept["version"], kept["medians"], kept["weights"], kept["trees"])

    def document(self) -> dict[str, Any]:
        """What scoring needs, for the model's file."""
        return asdict(self)

    def probability(self) -> Column:
        """The probability that a planet is colonisable, 0 to 1, of a row of silver.planet_discoveries; never null."""
        asked = features(self.medians)
        trees = (f"{_literal(weight)} * {_of_node(tree, asked)}" for weight, tree in zip(self.weights, self.trees, strict=True))
        return F.expr(f"1D / (1D + exp(-2D * ({' + '.join(trees)})))")


def _of_node(node: Node, asked: Sequence[str]) -> str:
    if not isinstance(node, Sequence):
        return _literal(node)
    feature, threshold, yes, no = node
    return f"if({asked[feature]} <= {_literal(threshold)}, {_of_node(yes, asked)}, {_of_node(no, asked)})"


def _literal(number: float) -> str:
    """The number in SQL, to its last digit."""
    return f"{number!r}D" if math.isfinite(number) else f"double('{number}')"
