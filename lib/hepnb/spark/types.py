"""Which Arrow type does Spark take for a column."""

from typing import Final

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

_WIDENED: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    # The widest integer that Spark computes with. Values beyond it are refused when they are read.
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
}


def spark_schema(schema: pa.Schema) -> StructType:
    """Spark's schema for Arrow columns; unsigned integers become the next wider signed ones."""
    return from_arrow_schema(pa.schema([pa.field(field.name, _signed(field.type)) for field in schema]))


def arrow_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema that Spark expects, to the letter, of batches for its own schema."""
    return to_arrow_schema(schema, timezone="UTC")


def _signed(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_list(type_):
        return pa.list_(_signed(type_.value_type))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(field.name, _signed(field.type)) for field in type_])
    return _WIDENED.get(type_, type_)
