"""Events and histograms into ROOT files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import awkward as ak
import hist
import uproot

from hepnb.errors import InputError, nearest
from hepnb.writers.compression import COMPRESSIONS


@dataclass(frozen=True)
class Naming:
    """What the branches of a collection are called in a TTree; ``{0}`` is the collection, ``{1}`` a field."""

    counter: str
    field: str


NANOAOD: Final = Naming(counter="n{0}", field="{0}_{1}")
DELPHES: Final = Naming(counter="{0}_size", field="{0}.{1}")


def write_events(
    path: Path,
    batches: Iterable[ak.Array],
    *,
    tree: str,
    compression: str = "zlib",
    rntuple: bool = False,
    naming: Naming = NANOAOD,
) -> int:
    """Write events to a new file, one cluster per batch.

    Args:
        path: the file; an existing one is replaced.
        batches: records of numbers and of collections, all of one type. A collection ``Muon`` of records
            with ``pt`` becomes the branches ``nMuon`` and ``Muon_pt`` of a TTree (as `NANOAOD` has it), or
            the field ``Muon`` of an RNTuple.
        tree: name of the tree.
        compression: one of `COMPRESSIONS`.
        rntuple: write an RNTuple and not a TTree.
        naming: of the branches of a TTree: `NANOAOD` or `DELPHES`.

    Returns:
        The number of events written.

    Raises:
        InputError: the compression is unknown, or there is no batch.
        OSError: the file cannot be written.
    """
    events, target = 0, None
    with uproot.recreate(path, compression=_codec(compression)) as file:
        for batch in batches:
            columns = dict(zip(ak.fields(batch), ak.unzip(batch), strict=True))
            if target is None:
                types = {name: _type_of(array) for name, array in columns.items()}
                target = file.mkrntuple(tree, types) if rntuple else _make_ttree(file, tree, types, naming)
            if len(batch):
                target.extend(columns)
            events += len(batch)
    if target is None:
        raise InputError("There are no events to write, not even an empty batch that tells their type.")
    return events


def _codec(compression: str) -> uproot.compression.Compression | None:
    if compression not in COMPRESSIONS:
        raise InputError(f"There is no compression '{compression}'; {nearest(compression, COMPRESSIONS)}.")
    level = COMPRESSIONS[compression]
    return None if level is None else getattr(uproot, compression.upper())(level)


def _make_ttree(file: Any, tree: str, types: Mapping[str, Any], naming: Naming) -> Any:
    return file.mktree(tree, types, counter_name=naming.counter.format, field_name=naming.field.format)


def _type_of(array: ak.Array) -> Any:
    return array.type.content


def write_histograms(path: Path, histograms: Mapping[str, hist.Hist[Any]]) -> None:
    """Write histograms to a new file, each under its name, as TH1.

    Raises:
        OSError: the file cannot be written.
    """
    with uproot.recreate(path) as file:
        for name, histogram in histograms.items():
            file[name] = histogram
