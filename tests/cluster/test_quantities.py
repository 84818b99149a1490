"""Are quantities read and written as Kubernetes has them?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.cluster import quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("2", 2),
        ("0.5", 0.5),
        (".5", 0.5),
        ("250m", 0.25),
        ("1500m", 1.5),
        ("100u", 1e-4),
        ("7n", 7e-9),
        ("128974848", 128974848),
        ("129e6", 129e6),
        ("1E3", 1000),
        ("2E", 2e18),
        ("123Mi", 123 * 2**20),
        ("4Gi", 2**32),
        ("3k", 3000),
        ("1Ki", 1024),
        ("1.5Gi", 1.5 * 2**30),
    ],
)
def test_a_quantity_is_a_number(text: str, expected: float):
    assert quantities.number(text) == expected


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1GB", "1.2.3", "1mm", "one"])
def test_what_is_no_quantity_is_refused(text: str):
    with pytest.raises(ValueError, match="is no quantity of Kubernetes"):
        quantities.number(text)


@given(st.integers(1, 10**6))
def test_cpu_comes_back(millicores: int):
    assert quantities.number(quantities.cpu(millicores / 1000)) == pytest.approx(millicores / 1000)


@given(st.integers(1, 1 << 50))
def test_memory_is_never_less_than_asked_for_and_less_than_a_mib_more(size: int):
    assert 0 <= quantities.number(quantities.memory(size)) - size < 1 << 20


def test_no_pod_asks_for_no_cpu():
    assert quantities.cpu(0.0001) == "1m"
