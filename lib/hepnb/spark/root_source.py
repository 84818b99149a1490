"""ROOT files as DataFrames."""

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from hepnb.errors import InputError
from hepnb.events import EVENTS_TREE
from hepnb.loaders.addresses import resolve
from hepnb.loaders.filters import Filters, check_filters, with_filter_columns
from hepnb.loaders.survey import describe_all
from hepnb.reduction.kernels import Kernel, find_kernel
from hepnb.spark.data_source import make_plan, warn_of_left_out
from hepnb.spark.runner import SparkRunner
from hepnb.spark.types import spark_schema


def read_root(
    spark: SparkSession,
    paths: str | Sequence[str],
    *,
    tree: str = EVENTS_TREE,
    columns: Sequence[str] | None = None,
    filters: Filters = (),
    reduce: str | Kernel | None = None,
) -> DataFrame:
    """The events of ROOT files as a DataFrame, or what a reduction leaves of them.

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        paths: what `hepnb.loaders.addresses.resolve` takes: files, globs, folders, ``@list.txt``, addresses.
        tree: name of the TTree or RNTuple.
        columns: names of the columns to read; all by default. Only these are read from the files.
        filters: conditions on plain columns, all of which an event must fulfil to reach Spark, or the reduction:
            ``[("nMuon", ">=", 2)]``. They need not be among `columns`. (``where`` filters, too, but only after the
            rows have crossed.)
        reduce: a reduction, by its name in `hepnb.reduction.kernels` or itself. It runs where the files are read,
            on the columns it names, and only its rows reach Spark: several times faster than the same in SQL.

    Returns:
        One row per event, in the order of the files and of the events in them; or the rows of the reduction. Numbers
        keep their width (unsigned ones take the next wider signed type, float16 becomes float), jagged and fixed
        arrays are arrays, strings are strings.

    Raises:
        InputError: both `columns` and `reduce` are given, or a condition makes no sense.
        HepnbError: one of its children, with the sentence that says which file, and what is wrong with it.

    Warns:
        LeftOutWarning: once, with the branches that a DataFrame cannot hold.
    """
    if reduce is not None and columns is not None:
        raise InputError("A reduction says itself which columns it reads; give either reduce= or columns=.")
    kernel = find_kernel(reduce) if isinstance(reduce, str) else reduce
    wanted = columns if kernel is None else kernel.columns
    files = describe_all(
        SparkRunner(spark),
        resolve([paths] if isinstance(paths, str) else paths),
        tree=tree,
        columns=with_filter_columns(wanted, filters),
        optional=() if kernel is None else kernel.optional,
    )
    warn_of_left_out(files[0])
    whole = files[0].schema
    check_filters(filters, whole)
    rows = (
        kernel.schema(whole)
        if kernel
        else whole
        if columns is None
        else pa.schema([whole.field(name) for name in columns])
    )
    plan = make_plan(files, tree=tree, kernel=kernel, filters=filters)
    return spark.read.format("root").schema(spark_schema(rows)).option("plan", plan.packed()).load()
