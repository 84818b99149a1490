"""The Spark data source ``root``: what runs inside Spark's Python processes.

Spark starts a Python process to make the data source, one to plan and one per core to read. Only the
last needs uproot, whose import takes a second, so the functions that need it import it themselves.
"""

import gc
import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from hepnb.cluster.environment import export
from hepnb.errors import HepnbError, InputError, LeftOutWarning
from hepnb.events import EVENTS_TREE
from hepnb.loaders.addresses import resolve
from hepnb.loaders.plan import EntryRange, plan
from hepnb.spark.types import arrow_schema, spark_schema

if TYPE_CHECKING:
    from hepnb.loaders.catalogue import FileDescription

log = logging.getLogger(__name__)


class RootDataSource(DataSource):
    """The data source ``root``.

    Options:
        path: what `read_root` takes as one path; given by ``load(path)``. ``load([path, …])`` works too.
        tree: name of the TTree or RNTuple, by default ``Events``.
        columns: names of the columns to read, separated by commas; a schema given with ``.schema(…)`` says the same.
    """

    @classmethod
    def name(cls) -> str:
        """What ``format(…)`` calls it."""
        return "root"

    def schema(self) -> StructType:
        """The schema of the first file."""
        from hepnb.loaders.catalogue import describe  # see the module's docstring

        with _sentence_first():
            first = describe(self._files()[0], tree=self._tree(), columns=self._columns())
        warn_of_left_out(first)
        return spark_schema(first.schema)

    def reader(self, schema: StructType) -> "RootReader":
        """A reader of the columns of this schema."""
        # The plan of a large data set must not travel to every task, and the data source itself does.
        ranges = self.options.pop("ranges", None)
        if ranges is not None:
            return RootReader([EntryRange(*fields) for fields in json.loads(ranges)], tree=self._tree(), schema=schema)
        from hepnb.loaders.catalogue import describe  # see the module's docstring

        with _sentence_first():
            files = [describe(path, tree=self._tree(), columns=schema.names) for path in self._files()]
        return RootReader(plan(files), tree=self._tree(), schema=schema)

    def _tree(self) -> str:
        return self.options.get("tree", EVENTS_TREE)

    def _columns(self) -> list[str] | None:
        names = self.options.get("columns")
        return None if names is None else [name.strip() for name in names.split(",")]

    def _files(self) -> list[str]:
        if several := self.options.get("paths"):
            return resolve(json.loads(several))
        if path := self.options.get("path"):
            return resolve([path])
        raise InputError('No path was given; write spark.read.format("root").load(path).')


class _Piece(InputPartition):
    """A range of events, in the shape that Spark asks for."""

    def __init__(self, events: EntryRange) -> None:
        super().__init__(events)
        self.events = events


class RootReader(DataSourceReader):
    """Reads ranges of events inside Spark's Python workers."""

    def __init__(self, ranges: Sequence[EntryRange], *, tree: str, schema: StructType) -> None:
        """Note what is to be read; nothing is opened."""
        self._ranges = ranges
        self._tree = tree
        self._schema = schema

    def __getstate__(self) -> Mapping[str, Any]:
        """What a task needs: its own range comes separately."""
        return self.__dict__ | {"_ranges": ()}

    def partitions(self) -> list[InputPartition]:
        """One piece of work per range."""
        log.info("planned %d ranges", len(self._ranges))
        return [_Piece(events) for events in self._ranges]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The batches of one piece of work; none where there are no events at all."""
        from hepnb.loaders.read import read_batches  # see the module's docstring

        _settle_worker()
        if isinstance(partition, _Piece):
            yield from read_batches(partition.events, tree=self._tree, schema=arrow_schema(self._schema))


@cache
def _settle_worker() -> None:
    """Take imported modules out of the collections that Spark's workers force after every task: 100 ms each."""
    gc.collect()
    gc.freeze()


@contextmanager
def _sentence_first() -> Iterator[None]:
    """Let Spark report our own errors without the traceback that would stand before their sentence."""
    try:
        yield
    except HepnbError:
        export({"SPARK_HIDE_TRACEBACK": "1"})
        raise


def warn_of_left_out(file: "FileDescription") -> None:
    """Warn once, naming the branches that a DataFrame of this file does not show."""
    if file.left_out:
        reasons = ", ".join(f"'{name}' ({why})" for name, why in file.left_out.items())
        warnings.warn(
            f"Left out of {file.path}, because a DataFrame cannot hold them: {reasons}.", LeftOutWarning, stacklevel=4
        )
