"""Which Arrow type does Spark take for a column."""

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

from hepnb.loaders.schema import sql_schema


def spark_schema(schema: pa.Schema) -> StructType:
    """Spark's schema for Arrow columns; unsigned integers become the next wider signed ones."""
    return from_arrow_schema(sql_schema(schema))


def arrow_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema that Spark expects, to the letter, of batches for its own schema."""
    return to_arrow_schema(schema, timezone="UTC")
