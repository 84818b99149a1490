"""Is a cell that needs Spark told from one that does not."""

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from hepnb.notebook.cells import needs, opens


def parsed(cell):
    return ast.parse(TransformerManager().transform_cell(cell))


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("spark.range(3)", {"spark"}),
        ("x = 1\nfor i in range(3):\n    print(sc.parallelize([i]))", {"sc"}),
        ("def f():\n    return spark.read", {"spark"}),
        ("%time spark.range(3)", {"spark"}),
        ("%%time\nspark.range(3).count()", {"spark"}),
        ("spark = spark.newSession()", {"spark"}),
        ("import hepnb\nspark = hepnb.attach()\nspark.range(3)", set()),
        ("print('spark')", set()),
        ("sparks = events.spark", set()),
        ("for spark in sparks: print(spark)", set()),
        ("!ls spark", set()),
    ],
)
def test_a_cell_needs_the_names_that_it_reads_before_it_sets_them(cell, names):
    assert needs(parsed(cell)) == names


@pytest.mark.parametrize("cell", ["spark = get_session()", "s = hepnb.attach('connect')"])
def test_a_cell_that_asks_for_a_spark_of_its_own_is_known(cell):
    assert opens(parsed(cell))
    assert not needs(parsed(cell))
