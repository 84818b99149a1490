"""Is it said what to install where a package is missing."""

import sys

import pytest

from hepnb.errors import MissingPackageError
from hepnb.events import Process
from hepnb.generators.pythia.engine import generate


@pytest.mark.parametrize("package", ["pythia8mc", "fastjet"])
def test_a_missing_package_is_named_with_what_to_install(monkeypatch, package):
    pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError) as told:
        next(generate(Process.QCD, 1, seed=1))
    assert str(told.value) == (f"The package '{package}' is missing; install it with: pip install 'hepnb[pythia]'")
