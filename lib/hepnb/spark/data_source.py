"""The Spark data source ``root``: what runs inside Spark's Python processes.

Spark starts a Python process to make the data source, one to plan and one per core to read. Only the
last needs uproot, whose import takes a second, so the functions that need it import it themselves.
"""

import base64
import json
import logging
import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
from pyspark import cloudpickle
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from hepnb.cluster.environment import export
from hepnb.errors import HepnbError, InputError, LeftOutWarning
from hepnb.events import EVENTS_TREE
from hepnb.loaders.addresses import resolve
from hepnb.loaders.plan import Piece, plan
from hepnb.runners.settle import settle
from hepnb.spark.types import arrow_schema, spark_schema

if TYPE_CHECKING:
    from hepnb.loaders.catalogue import FileDescription
    from hepnb.loaders.filters import Filters
    from hepnb.reduction.kernels import Kernel

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ReadPlan:
    """What is to be read, and what is to be made of it before it crosses to Spark.

    Attributes:
        tree: name of the tree.
        pieces: a task's work each.
        columns: what to read, with the types of the first file.
        filters: conditions on events, before anything else is made of them.
        kernel: the reduction, if there is one, pickled, because only the workers need what it imports.
    """

    tree: str
    pieces: tuple[Piece, ...]
    columns: pa.Schema
    filters: "Filters"
    kernel: bytes | None

    def packed(self) -> str:
        """As text, which is all that options of data sources carry."""
        return base64.b64encode(pickle.dumps(self)).decode()

    @classmethod
    def unpacked(cls, text: str) -> Self:
        """From what `packed` returned."""
        unpacked: Self = pickle.loads(base64.b64decode(text))  # made by the driver's own `packed`
        return unpacked


def make_plan(
    files: "Sequence[FileDescription]", *, tree: str, kernel: "Kernel | None", filters: "Filters" = ()
) -> ReadPlan:
    """The plan for files that have been looked into; the first decides the types."""
    # A user's kernel is a function of a notebook, which only this kind of pickle, untyped as it is, takes along.
    packed = None if kernel is None else cloudpickle.dumps(kernel)  # type: ignore[no-untyped-call]
    pieces = tuple(plan(files))
    return ReadPlan(tree=tree, pieces=pieces, columns=files[0].schema, filters=filters, kernel=packed)


class RootDataSource(DataSource):
    """The data source ``root``.

    Options:
        path: what `read_root` takes as one path; given by ``load(path)``. ``load([path, …])`` works too.
        tree: name of the TTree or RNTuple, by default ``Events``.
        columns: names of the columns to read, separated by commas; a schema given with ``.schema(…)`` says the same.
        filters: conditions on plain columns as a JSON list, ``[["nMuon", ">=", 2]]``.
        reduce: name of a kernel that comes with the library; `read_root` takes a user's own as well.
    """

    @classmethod
    def name(cls) -> str:
        """What ``format(…)`` calls it."""
        return "root"

    def schema(self) -> StructType:
        """The schema of the first file, or of what the kernel makes of it."""
        with _sentence_first():
            kernel = self._kernel()
            first = self._describe(self._files()[0], kernel, self._columns())
            if kernel is not None:
                return spark_schema(kernel.schema(first.schema))
        warn_of_left_out(first)
        return spark_schema(first.schema)

    def reader(self, schema: StructType) -> "RootReader":
        """A reader of the columns of this schema."""
        # The plan of a large data set must not travel to every task, and the data source itself does.
        if (packed := self.options.pop("plan", None)) is not None:
            return RootReader(ReadPlan.unpacked(packed), schema)
        from hepnb.loaders.filters import check_filters, with_filter_columns  # see the module's docstring

        with _sentence_first():
            kernel, filters = self._kernel(), json.loads(self.options.get("filters", "[]"))
            columns = with_filter_columns(schema.names if kernel is None else kernel.columns, filters)
            files = [self._describe(path, kernel, columns) for path in self._files()]
            check_filters(filters, files[0].schema)
        return RootReader(make_plan(files, tree=self._tree(), kernel=kernel, filters=filters), schema)

    def _describe(self, path: str, kernel: "Kernel | None", columns: Sequence[str] | None) -> "FileDescription":
        from hepnb.loaders.catalogue import describe  # see the module's docstring

        optional = () if kernel is None else kernel.optional
        wanted = columns if kernel is None or columns is not None else kernel.columns
        return describe(path, tree=self._tree(), columns=wanted, optional=optional)

    def _kernel(self) -> "Kernel | None":
        from hepnb.reduction.kernels import find_kernel  # see the module's docstring

        name = self.options.get("reduce")
        if name is not None and "columns" in self.options:
            raise InputError("A reduction says itself which columns it reads; give either 'reduce' or 'columns'.")
        return None if name is None else find_kernel(name)

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


class _Partition(InputPartition):
    """A piece of work, in the shape that Spark asks for."""

    def __init__(self, piece: Piece) -> None:
        super().__init__(piece)
        self.piece = piece


class RootReader(DataSourceReader):
    """Reads pieces of work inside Spark's Python workers.

    It takes no filters from Spark's optimizer: up to 4.3, Spark keeps those of one query in the DataFrame they came
    from, and every later query on it, or another branch of the same one, silently sees the filtered rows alone.
    ``filters=`` of `read_root` belongs to its DataFrame from the beginning.
    """

    def __init__(self, plan: ReadPlan, schema: StructType) -> None:
        """Note what is to be read; nothing is opened."""
        self._plan = plan
        self._schema = arrow_schema(schema)

    def __getstate__(self) -> Mapping[str, Any]:
        """What a task needs: its own piece comes separately."""
        return self.__dict__ | {"_plan": replace(self._plan, pieces=())}

    def partitions(self) -> list[InputPartition]:
        """A task for each piece of work."""
        log.info("planned %d pieces", len(self._plan.pieces))
        return [_Partition(piece) for piece in self._plan.pieces]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The batches of one piece of work; none where there are no events at all."""
        from hepnb.loaders.filters import filtered
        from hepnb.loaders.read import read_batches  # see the module's docstring

        wanted = self._plan.columns if self._plan.kernel is not None else self._with_filter_columns()
        rows_of = _reduction(self._plan.kernel, self._schema)
        settle()
        for events in partition.piece if isinstance(partition, _Partition) else ():
            batches = read_batches(events, tree=self._plan.tree, schema=wanted)
            for batch in filtered(batches, self._plan.filters):
                rows = rows_of(batch)
                if len(rows):
                    yield rows

    def _with_filter_columns(self) -> pa.Schema:
        """What Spark asks for, and what the filters look at besides."""
        others = {name for name, _, _ in self._plan.filters} - set(self._schema.names)
        return pa.schema([*self._schema, *(field for field in self._plan.columns if field.name in others)])


def _reduction(kernel: bytes | None, schema: pa.Schema) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """What makes the rows of this schema from a batch of events."""
    if kernel is None:
        return lambda events: events.select(schema.names)
    from hepnb.loaders.schema import fitted_batch  # see the module's docstring

    reduce: Kernel = pickle.loads(kernel)  # made by the driver's own `make_plan`
    return lambda events: fitted_batch(reduce(events), schema, what=f"the rows of the kernel '{reduce.name}'")


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
            f"Left out of {file.path}, because a DataFrame cannot hold them: {reasons}.", LeftOutWarning, stacklevel=3
        )
