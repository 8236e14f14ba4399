"""The steps that bring each part up, and what each waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from include.settings import LakeSettings
from local import airflow_pool, class_archive, jars, minio_binary
from local.airflow_api import AirflowApi
from local.first_days import FirstDays
from local.graph import Task
from local.new_lake import create_lake
from local.parts import airflow, crypto, kafka, mail, minio, planets_api, postgres, serving, spark_connect
from local.parts.part import log_file
from local.progress import Step
from local.starting import Starting
from local.work import Work


def kafka_tasks(starting: Starting) -> list[Task]:
    def start(step: Step) -> None:
        kafka.prepare(starting.stack)
        starting.ensure(kafka.part(starting.stack), step)

    return [_jars(starting, "kafka"), Task("kafka", start, needs=("jars of kafka",))]


def minio_tasks(starting: Starting) -> list[Task]:
    cache = starting.stack.settings.cache

    def program(step: Step) -> None:
        found = minio_binary.find(cache)
        step.skipped = found is not None
        if not found:
            step.note = "built from its Go module; takes some minutes, once"
            found = minio_binary.build(cache, log=log_file(starting.stack.settings, "minio-build"))
        step.note = str(found)

    def start(step: Step) -> None:
        minio.prepare(starting.stack)
        starting.ensure(minio.part(starting.stack), step)
        create_lake(LakeSettings.from_environment(starting.stack.client_environment()))

    return [Task("program of minio", program), Task("minio", start, needs=("program of minio",))]


def airflow_tasks(starting: Starting) -> list[Task]:
    stack = starting.stack

    def database(step: Step) -> None:
        postgres.prepare(stack)
        starting.ensure(postgres.part(stack), step)

    def migrate(step: Step) -> None:
        step.skipped = not airflow.prepare(stack)

    def serving_database(step: Step) -> None:
        serving.prepare(stack)

    def component(name: str) -> Task:
        def start(step: Step) -> None:
            starting.ensure(airflow.part(stack, name), step)

        # A scheduler that begins before the API server answers runs tasks that cannot say how they end.
        first = ("airflow-api-server",) if name == "airflow-scheduler" else ()
        return Task(name, start, needs=("airflow-metadata", "jars of spark", *first))

    def history(step: Step) -> None:
        starting.ensure(airflow.history(stack), step)

    def pool(step: Step) -> None:
        slots = stack.settings.spark_pool_slots
        step.skipped = not airflow_pool.ensure(AirflowApi.from_environment(stack.client_environment()), slots)
        step.note = f"{slots} slots"

    return [
        Task("postgres", database),
        Task("airflow-metadata", migrate, needs=("postgres",)),
        *([Task("serving", serving_database, needs=("postgres",))] if stack.settings.serving else []),
        *(component(name) for name in airflow.COMPONENTS),
        Task("pool of spark", pool, needs=("airflow-api-server",)),
        Task("airflow-history", history, needs=("airflow-metadata",)),
    ]


def spark_tasks(starting: Starting) -> list[Task]:
    def start(step: Step) -> None:
        spark_connect.prepare(starting.stack)
        starting.ensure(spark_connect.part(starting.stack), step)

    return [_jars(starting, "spark"), Task("spark-connect", start, needs=("jars of spark",))]


def mail_tasks(starting: Starting) -> list[Task]:
    def start(step: Step) -> None:
        mail.prepare(starting.stack)
        starting.ensure(mail.part(starting.stack), step)

    return [Task("mail", start)]


def planets_api_tasks(starting: Starting) -> list[Task]:
    def start(step: Step) -> None:
        starting.ensure(planets_api.part(starting.stack), step)

    return [Task("planets-api", start, needs=("kafka", "topics"))]


def crypto_tasks(starting: Starting) -> list[Task]:
    def stand_in(step: Step) -> None:
        starting.ensure(crypto.stand_in(starting.stack), step)

    def poller(step: Step) -> None:
        starting.ensure(crypto.poller(starting.stack), step)

    # Demo data is for a stack without records: it comes before the first price.
    tasks = [Task("crypto-poller", poller, needs=("kafka", "topics", "demo data", "crypto-stand-in"))]
    return tasks if starting.stack.settings.crypto_api_url else [Task("crypto-stand-in", stand_in), *tasks]


def _jars(starting: Starting, name: str) -> Task:
    settings = starting.stack.settings

    def fetch(step: Step) -> None:
        def tell(done: int, wanted: int) -> None:
            step.note = f"{done} of {wanted}"

        step.skipped = jars.fetch(settings.cache, name, url=settings.maven_url, progress=tell) == 0
        if name == "spark":
            jars.link(settings.cache, name, settings.spark_jars)

    return Task(f"jars of {name}", fetch)


TASKS: dict[str, Callable[[Starting], list[Task]]] = {
    "airflow": airflow_tasks,
    "kafka": kafka_tasks,
    "minio": minio_tasks,
    "spark-connect": spark_tasks,
    "mail": mail_tasks,
    "planets-api": planets_api_tasks,
    "crypto": crypto_tasks,
}


PARTS_OF = {name: (name,) for name in TASKS} | {
    "airflow": ("postgres", *airflow.COMPONENTS, "airflow-history"),
    "crypto": ("crypto-stand-in", "crypto-poller"),
}


def tasks_of(names: Iterable[str], starting: Starting) -> list[Task]:
    """The steps of the parts named, in the order in which they are best begun."""
    wanted = set(names)
    return [task for name, tasks in TASKS.items() if name in wanted for task in tasks(starting)]


def work_tasks(work: Work, *, demo: bool) -> list[Task]:
    """What Airflow is asked to do when all parts come up."""
    tasks = [
        Task("dags", work.dags, needs=("pool of spark", "airflow-dag-processor", "airflow-scheduler")),
        Task("topics", work.topics, needs=("dags", "kafka")),
        Task("streams", work.streams, needs=("topics", "minio", "jars of spark")),
        Task("demo data", work.demo, needs=("topics", "minio")),
        Task("demo data in bronze", work.bronze, needs=("demo data", "streams")),
    ]
    return tasks if demo else [task for task in tasks if not task.name.startswith("demo data")]


def batch_tasks(work: Work) -> list[Task]:
    """What Airflow is asked to do when all parts are up and the records are in bronze."""
    return [
        Task("daily batch", FirstDays(work).build),
        Task("other dags", work.others, needs=("daily batch",)),
        # For the next starts: before the first records are in their tables, nobody shall wait for it.
        Task("classes of spark", lambda step: class_archive.fetch(work.stack.settings, step), needs=("other dags",)),
    ]


# What the first records do not wait for comes up after what they do: on two cores they would wait for each other.
_LATER = {
    "spark-connect": ("streams",),
    "airflow-triggerer": ("dags",),
    "planets-api": ("streams",),
    "crypto-stand-in": ("streams",),
    "crypto-poller": ("streams",),
}


def first_things_first(tasks: Iterable[Task]) -> list[Task]:
    """The tasks, those of the daily batch waiting for those of the streams."""
    return [replace(task, needs=(*task.needs, *_LATER.get(task.name, ()))) for task in tasks]
