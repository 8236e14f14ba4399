"""Planets: how fit for people they are, and how well the model that foretells it does."""

from __future__ import annotations

from lakehouse.web.dashboards.model import Chart, Dashboard

_ORDER_OF_POTENTIAL = "case colonisation_potential when 'low' then 1 when 'medium' then 2 else 3 end"
_ONCE_A_DAY = "A planet counts once on each day that describes it."

DASHBOARD = Dashboard(
    title="Planets",
    alerts=False,
    words={
        "Name": "planet",
        "auc": "AUC",
        "colonisation_potential": "potential",
        "compared_auc": "AUC of the model before",
        "event_date": "day",
        "f1": "F1",
        "habitability_score": "score",
        "held_out_rows": "planets judged by",
        "mean_score": "mean score",
        "model_version": "model",
        "planet_count": "planets",
        "predicted_probability": "predicted probability",
        "serves": "came into use",
        "trained_at": "trained",
        "training_rows": "planets learned from",
    },
    charts=(
        Chart(
            name="potentials",
            title="Planets by potential",
            kind="columns",
            tables=("colonisation_summary",),
            sql=f"""select event_date, colonisation_potential, sum(planet_count) as planet_count
                    from colonisation_summary group by 1, 2 order by 1, {_ORDER_OF_POTENTIAL}""",
            x="event_date",
            y=("planet_count",),
            split="colonisation_potential",
            unit="planets",
        ),
        Chart(
            name="mean_scores",
            title="Mean score by potential",
            kind="bars",
            tables=("colonisation_summary",),
            sql=f"""select colonisation_potential, sum(mean_score * planet_count) / sum(planet_count) as mean_score
                    from colonisation_summary group by 1 order by {_ORDER_OF_POTENTIAL}""",
            x="colonisation_potential",
            y=("mean_score",),
            unit="of 10",
            note=f"Each planet weighs the same. {_ONCE_A_DAY}",
        ),
        Chart(
            name="scores",
            title="Planets by score",
            kind="columns",
            tables=("planet_habitability",),
            sql="""select scores.score as habitability_score, count("Name") as planet_count
                   from (select unnest(range(0, 11)) as score) as scores
                   left join planet_habitability on scores.score = planet_habitability.habitability_score
                   where exists (select 1 from planet_habitability) group by 1 order by 1""",
            x="habitability_score",
            y=("planet_count",),
            unit="planets",
            note=_ONCE_A_DAY,
        ),
        Chart(
            name="probabilities",
            title="Predicted probability by score",
            kind="columns",
            tables=("planet_habitability",),
            sql="""select habitability_score, 100 * avg(predicted_probability) as predicted_probability
                   from planet_habitability where predicted_probability is not null group by 1 order by 1""",
            x="habitability_score",
            y=("predicted_probability",),
            unit="%",
            note="The mean of the score's planets. Those that no model has judged are left out.",
        ),
        Chart(
            name="model_quality",
            title="Quality of each training",
            kind="lines",
            tables=("model_runs",),
            sql='select trained_at, auc, f1, "precision", recall from model_runs order by trained_at',
            x="trained_at",
            y=("auc", "f1", "precision", "recall"),
            unit="0 to 1",
            note="On planets that the model has not learned from.",
        ),
        Chart(
            name="trainings",
            title="Trainings",
            kind="rows",
            tables=("model_runs",),
            sql="""select trained_at, model_version, training_rows, held_out_rows, auc, compared_auc, f1, "precision", recall, serves
                   from model_runs order by trained_at desc""",
            x="trained_at",
            y=("training_rows", "held_out_rows", "auc", "compared_auc", "f1", "precision", "recall", "serves"),
            split="model_version",
            note="Rates are 0 to 1. A model comes into use if its AUC is at most 0.02 below that of the one before.",
        ),
        Chart(
            name="best",
            title="Best planets",
            kind="rows",
            tables=("planets",),
            sql="""select "Name", event_date, habitability_score, colonisation_potential,
                          100 * predicted_probability as predicted_probability
                   from planets order by habitability_score desc, predicted_probability desc nulls last, "Name" limit 50""",
            x="Name",
            y=("habitability_score", "colonisation_potential", "predicted_probability", "event_date"),
            note="Each planet as it was described last, if that was within the span. Score of 10, probability in %.",
        ),
    ),
)
