"""ROOT files as DataFrames."""

import json
from collections.abc import Sequence
from dataclasses import astuple

from pyspark.sql import DataFrame, SparkSession

from hepnb.events import EVENTS_TREE
from hepnb.loaders.addresses import resolve
from hepnb.loaders.catalogue import FileDescription
from hepnb.loaders.plan import plan
from hepnb.spark.catalogue import describe_all
from hepnb.spark.data_source import warn_of_left_out
from hepnb.spark.types import spark_schema


def read_root(
    spark: SparkSession, paths: str | Sequence[str], *, tree: str = EVENTS_TREE, columns: Sequence[str] | None = None
) -> DataFrame:
    """The events of ROOT files as a DataFrame.

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        paths: what `hepnb.loaders.addresses.resolve` takes: files, globs, folders, ``@list.txt``, addresses.
        tree: name of the TTree or RNTuple.
        columns: names of the columns to read; all by default. Only these are read from the files.

    Returns:
        One row per event, in the order of the files and of the events in them. Numbers keep their width
        (unsigned ones take the next wider signed type, float16 becomes float), jagged and fixed arrays are
        arrays, strings are strings.

    Raises:
        HepnbError: one of its children, with the sentence that says which file, and what is wrong with it.

    Warns:
        LeftOutWarning: once, with the branches that a DataFrame cannot hold.
    """
    files = describe_all(spark, resolve([paths] if isinstance(paths, str) else paths), tree=tree, columns=columns)
    return read_described(spark, files, tree=tree)


def read_described(spark: SparkSession, files: Sequence[FileDescription], *, tree: str) -> DataFrame:
    """The same for files that have been looked into already.

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        files: their descriptions; the first decides the columns and their types.
        tree: name of the TTree or RNTuple.
    """
    warn_of_left_out(files[0])
    ranges = json.dumps([astuple(events) for events in plan(files)])
    return spark.read.format("root").schema(spark_schema(files[0].schema)).options(tree=tree, ranges=ranges).load()
