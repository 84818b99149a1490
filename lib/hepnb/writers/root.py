"""Events and histograms into ROOT files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import hist
import uproot

from hepnb.errors import InputError, nearest
from hepnb.writers.compression import COMPRESSIONS


def write_events(
    path: Path, batches: Iterable[ak.Array], *, tree: str, compression: str = "zlib", rntuple: bool = False
) -> int:
    """Write events to a new file, one cluster per batch.

    Args:
        path: the file; an existing one is replaced.
        batches: records of numbers and of collections, all of one type. A collection ``Muon`` of records
            with ``pt`` becomes the branches ``nMuon`` and ``Muon_pt`` of a TTree, or the field ``Muon`` of
            an RNTuple.
        tree: name of the tree.
        compression: one of `COMPRESSIONS`.
        rntuple: write an RNTuple and not a TTree.

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
                make = file.mkrntuple if rntuple else file.mktree
                target = make(tree, {name: _type_of(array) for name, array in columns.items()})
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
