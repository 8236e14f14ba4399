"""Runs, topics and tables in OpenLineage's own classes, by its naming: kafka://<host>:<port> and the topic, s3://<bucket> and the path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import attr
from deltalake import DeltaTable
from openlineage.client import event_v2 as ol
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    dataset_version_dataset,
    error_message_run,
    input_statistics_input_dataset,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    schema_dataset,
    storage_dataset,
)
from openlineage.client.generated.base import InputDatasetFacet

from include.contracts.model import Contract, Field
from include.settings import KafkaSettings, LakeSettings

NAMESPACE = "headwater"
PRODUCER = "urn:headwater"
ol.set_producer(PRODUCER)


@attr.define
class KafkaOffsetsFacet(InputDatasetFacet):
    """Which records of a topic were read: of each partition those from the first offset on and before the next one."""

    topicId: str
    partitions: list[dict[str, int]]

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:kafka-offsets:1"


@attr.define
class BuildFacet(RunFacet):
    """The day that was built, and the run of Airflow's that asked for it."""

    day: str
    airflowRunId: str

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:build:1"


def topic(
    kafka: KafkaSettings, contract: Contract, topic_id: str, read: Mapping[int, tuple[int, int]], rows: int | None = None
) -> ol.InputDataset:
    """A topic, of which the records between these offsets of each partition were read; so many were rows, where that is known."""
    places = [{"partition": number, "from": first, "to": beyond} for number, (first, beyond) in sorted(read.items())]
    facets: dict[str, InputDatasetFacet] = {"headwater_kafkaOffsets": KafkaOffsetsFacet(topic_id, places)}
    if rows is not None:
        facets["inputStatistics"] = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=rows)
    return ol.InputDataset(
        namespace=f"kafka://{kafka.bootstrap_servers.split(',')[0].strip()}",
        name=contract.topic.name,
        facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[_of_contract(each) for each in contract.fields])},
        inputFacets=facets,
    )


def table_read(lake: LakeSettings, address: str, table: DeltaTable | None, rows: int) -> ol.InputDataset:
    """A table at the version that it was read at, and how many rows of it; None: there was none yet."""
    statistics = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=rows)
    return ol.InputDataset(**_place(lake, address), facets=_facets(table), inputFacets={"inputStatistics": statistics})


def table_written(lake: LakeSettings, address: str, table: DeltaTable | None, rows: int, version: int | None = None) -> ol.OutputDataset:
    """A table that has what was written, at its own version or the one that is given, and how many rows that is."""
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)
    return ol.OutputDataset(**_place(lake, address), facets=_facets(table, version), outputFacets={"outputStatistics": statistics})


def streaming(seconds: float) -> job_type_job.JobTypeJobFacet:
    """A stream that tells of itself at most so often; each event is of what came since the one before."""
    pattern = job_type_job.EmissionPattern(eventTrigger="TIME_BASED", eventContentMode="INCREMENTAL", windowDuration=int(seconds))
    return job_type_job.JobTypeJobFacet(processingType="STREAMING", integration="HEADWATER", jobType="JOB", emissionPattern=pattern)


BATCH = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="HEADWATER", jobType="JOB")


def of_day(day: date, run_id: str) -> dict[str, RunFacet]:
    """What a run that builds a UTC day is told with."""
    first = datetime.combine(day, time(), UTC)
    end = first + timedelta(days=1) if day < date.max else None
    nominal = nominal_time_run.NominalTimeRunFacet(first.isoformat(), end.isoformat() if end else None)
    return {"nominalTime": nominal, "headwater_build": BuildFacet(day.isoformat(), run_id)}


def failed(error: str) -> dict[str, RunFacet]:
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(message=error, programmingLanguage="PYTHON")}


def event(
    state: ol.RunState,
    run_id: str,
    job: str,
    kind: job_type_job.JobTypeJobFacet,
    facets: Mapping[str, RunFacet],
    inputs: Sequence[ol.InputDataset],
    outputs: Sequence[ol.OutputDataset],
) -> ol.RunEvent:
    """What a run of the job is at this moment; `run_id` is OpenLineage's, a UUID."""
    return ol.RunEvent(
        eventTime=datetime.now(UTC).isoformat(),
        eventType=state,
        run=ol.Run(runId=run_id, facets=dict(facets)),
        job=ol.Job(namespace=NAMESPACE, name=job, facets={"jobType": kind}),
        inputs=list(inputs),
        outputs=list(outputs),
        producer=PRODUCER,
    )


def _place(lake: LakeSettings, address: str) -> dict[str, str]:
    layer, _, name = address.partition(".")
    return {"namespace": f"s3://{lake.bucket}", "name": f"{lake.prefix}{layer}/{name}"}


def _facets(table: DeltaTable | None, version: int | None = None) -> dict[str, DatasetFacet]:
    if table is None:
        return {}
    fields = [schema_dataset.SchemaDatasetFacetFields(name=each.name, type=_of_delta(each.type)) for each in table.schema().fields]
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=fields),
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=str(table.version() if version is None else version)),
        "storage": storage_dataset.StorageDatasetFacet(storageLayer="delta", fileFormat="parquet"),
    }


def _of_delta(kind: object) -> str:
    return str(kind.to_json()).strip('"')  # type: ignore[attr-defined]


def _of_contract(each: Field) -> schema_dataset.SchemaDatasetFacetFields:
    return schema_dataset.SchemaDatasetFacetFields(name=each.name, type=each.spark_type, description=each.description or None)
