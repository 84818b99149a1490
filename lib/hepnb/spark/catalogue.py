"""What is in many files, and which of them cannot be read: looked up by Spark's workers."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import pyarrow as pa
from pyspark.sql import SparkSession

from hepnb.errors import HepnbError
from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.loaders.plan import EntryRange, plan
from hepnb.loaders.read import read_batches
from hepnb.spark.types import arrow_schema, spark_schema

_FEW: Final = 16
"""So many files open in less time than a Spark job takes to start."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Failure:
    """A file that cannot be read.

    Attributes:
        path: which.
        error: why.
    """

    path: str
    error: HepnbError


@dataclass(frozen=True)
class Survey:
    """What looking into files brought.

    Attributes:
        files: those that can be read, in the order given.
        failures: those that cannot, in the order given.
    """

    files: tuple[FileDescription, ...]
    failures: tuple[Failure, ...]


def survey(
    spark: SparkSession, paths: Sequence[str], *, tree: str, columns: Sequence[str] | None, optional: Sequence[str] = ()
) -> Survey:
    """Look into files.

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        paths: local paths and addresses.
        tree: name of the tree.
        columns: names of the columns wanted; ``None`` means all.
        optional: columns wanted where they exist. The first file that can be read decides, for these and for
            ``columns=None``; every other file must have the same.
    """
    looked_at: list[FileDescription | Failure] = []
    remaining = list(paths)
    while remaining and not any(isinstance(result, FileDescription) for result in looked_at):
        looked_at.append(_look(remaining.pop(0), tree=tree, columns=columns, optional=optional))
    files = [result for result in looked_at if isinstance(result, FileDescription)]
    if files:
        names = [column.name for column in files[0].columns]
        look = partial(_look, tree=tree, columns=names, optional=())
        looked_at += (
            [look(path) for path in remaining] if len(remaining) < _FEW else _on_workers(spark, look, remaining)
        )
    return Survey(
        files=tuple(result for result in looked_at if isinstance(result, FileDescription)),
        failures=tuple(result for result in looked_at if isinstance(result, Failure)),
    )


def describe_all(
    spark: SparkSession, paths: Sequence[str], *, tree: str, columns: Sequence[str] | None
) -> tuple[FileDescription, ...]:
    """The descriptions of all files; arguments as for `survey`.

    Raises:
        HepnbError: the error of the first file that cannot be read.
    """
    result = survey(spark, paths, tree=tree, columns=columns)
    if result.failures:
        raise result.failures[0].error
    return result.files


def find_unreadable(spark: SparkSession, files: Sequence[FileDescription], *, tree: str) -> list[Failure]:
    """Read everything as `hepnb.spark.root_source.read_described` would and keep nothing but the errors.

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        files: files that open; the first decides the types.
        tree: name of the tree.

    Returns:
        One failure for each file with a damaged block, or with a value that does not fit.
    """
    read = partial(_read, tree=tree, schema=arrow_schema(spark_schema(files[0].schema)))
    failures = (failure for failure in _on_workers(spark, read, plan(files)) if failure is not None)
    return list({failure.path: failure for failure in failures}.values())


def _look(path: str, *, tree: str, columns: Sequence[str] | None, optional: Sequence[str]) -> FileDescription | Failure:
    try:
        return describe(path, tree=tree, columns=columns, optional=optional)
    except HepnbError as error:
        return Failure(path, error)


def _read(events: EntryRange, *, tree: str, schema: pa.Schema) -> Failure | None:
    try:
        for _ in read_batches(events, tree=tree, schema=schema):
            pass
    except HepnbError as error:
        return Failure(events.path, error)
    return None


def _on_workers(spark: SparkSession, work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """Apply `work` to each item on Spark's workers; answers in the order of the items."""

    def answers(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                yield pa.RecordBatch.from_pydict({"id": [number], "answer": [pickle.dumps(work(items[number]))]})

    tasks = min(len(items), 8 * spark.sparkContext.defaultParallelism)
    table = spark.range(0, len(items), 1, tasks).mapInArrow(answers, "id long, answer binary").toArrow().sort_by("id")
    # What the workers pickled are our own dataclasses and errors.
    return [pickle.loads(answer.as_py()) for answer in table["answer"]]
