"""The files that benchmarks read: made once, kept in build/bench."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import awkward as ak
import numpy as np

from benchmarks.child import Child
from benchmarks.settings import Settings
from hepnb.events import DELPHES_TREE, EVENTS_TREE, Process
from hepnb.generators.dimuon import generate
from hepnb.generators.topology import generate as generate_topology
from hepnb.loaders.batches import iterate
from hepnb.writers.compression import COMPRESSIONS
from hepnb.writers.root import DELPHES, write_events
from hepnb.writers.staging import staged_file

_SEED: Final = 1
_KINEMATICS: Final = ("pt", "eta", "phi", "mass", "charge")

_COLLECTIONS: Final = ("Electron", "Photon", "Jet", "Tau", "SV", "FatJet", "TrigObj", "GenPart")
_WIDTHS: Final = {"pt": 20.0, "eta": 1.2, "phi": 1.8, "mass": 5.0, "dxy": 0.1, "dz": 0.2, "iso": 0.3, "score": 1.0}
_TOPOLOGY_SHARE: Final = 200  # their events are so much larger

_PER_EVENT: Final = 1.6  # objects of each collection, about 400 B/event in all


@dataclass(frozen=True)
class Layout:
    """How events are stored.

    Attributes:
        codec: a name in `hepnb.writers.compression.COMPRESSIONS`.
        rntuple: whether as RNTuple and not as TTree.
    """

    codec: str
    rntuple: bool = False

    def __str__(self) -> str:
        """For tables: ``TTree ZLIB``."""
        return f"{'RNTuple' if self.rntuple else 'TTree'} {self.codec.upper()}"

    @property
    def slug(self) -> str:
        """For names of files: ``ttree-zlib``."""
        return str(self).lower().replace(" ", "-")


@dataclass(frozen=True)
class Files:
    """The files of one size.

    Attributes:
        settings: the size, and where they lie.
    """

    settings: Settings

    def dimuon(self, layout: Layout) -> str:
        """Muons as the project writes them, in clusters of 100,000 events."""
        path = self._path(layout.slug)
        if not path.exists():
            self._write(path, self._muons, layout)
        return str(path)

    def dimuon_of_root(self, layout: Layout, root: Child) -> str:
        """The same events as ROOT writes them, with its own sizes of clusters, baskets and pages."""
        path, source = self._path(f"{layout.slug}-root"), self.dimuon(Layout("zlib"))
        if not path.exists():
            self._say(path)
            with staged_file(path) as target:
                level = COMPRESSIONS[layout.codec]
                root.ask(source=source, target=str(target), codec=layout.codec, level=level, rntuple=layout.rntuple)
        return str(path)

    def copies(self, path: str, number: int) -> list[str]:
        """The same file under several names, because inputs that are named twice are read once."""
        links = [Path(path).with_suffix(f".{index}.root") for index in range(number)]
        for link in links:
            link.unlink(missing_ok=True)
            os.link(path, link)
        return [str(link) for link in links]

    def wide(self) -> str:
        """70 branches, of which six are the muons' and the rest mostly noise, as in NanoAOD; half the events."""
        path = self._path("wide")
        if not path.exists():
            self._write(path, [_widened(batch, number) for number, batch in enumerate(self._halved())], Layout("zlib"))
        return str(path)

    def giant(self) -> str:
        """All events in one cluster, one basket a branch."""
        path = self._path("giant")
        if not path.exists():
            self._write(path, [ak.concatenate(self._muons)], Layout("zlib"))
        return str(path)

    def tiny(self) -> str:
        """100 events."""
        path = self._path("tiny")
        if not path.exists():
            self._write(path, [self._muons[0][:100]], Layout("zlib"))
        return str(path)

    def topology(self) -> list[str]:
        """A file of Delphes's layout for each process, one event for 200 of muons, without pile-up."""
        return [str(self._topology(process)) for process in Process]

    def _topology(self, process: Process) -> Path:
        path = self._path(process.key)
        if not path.exists():
            self._say(path)
            with staged_file(path) as target:
                events = generate_topology(process, self.settings.events // _TOPOLOGY_SHARE, seed=_SEED)
                write_events(target, events, tree=DELPHES_TREE, naming=DELPHES)
        return path

    @cached_property
    def _muons(self) -> list[ak.Array]:
        return _generated(self.settings.events)

    def _halved(self) -> Iterator[ak.Array]:
        return (batch[: len(batch) // 2] for batch in self._muons)

    def _path(self, name: str) -> Path:
        return self.settings.folder / f"{name}-{self.settings.events}.root"

    def _say(self, path: Path) -> None:
        self.settings.progress.step(f"Making {path.name}")

    def _write(self, path: Path, batches: list[ak.Array], layout: Layout) -> None:
        self._say(path)
        counted = self.settings.progress.counted(batches, total=sum(map(len, batches)))
        with staged_file(path) as target:
            write_events(target, counted, tree=EVENTS_TREE, compression=layout.codec, rntuple=layout.rntuple)


def events_in(path: str) -> int:
    """How many events a file of muons has."""
    return sum(len(batch) for batch in iterate([path], columns=["Muon_charge"]))


@cache
def _generated(events: int) -> list[ak.Array]:
    """Nothing but the muons' kinematics: a reduction would carry the event's number along, and its peers would not."""
    return [
        ak.Array({"Muon": ak.zip({field: batch.Muon[field] for field in _KINEMATICS})})
        for batch in generate(events, seed=_SEED)
    ]


def _widened(batch: ak.Array, number: int) -> ak.Array:
    rng = np.random.default_rng([_SEED, number])
    columns = {"Muon": batch.Muon}
    for collection in _COLLECTIONS:
        counts = rng.poisson(_PER_EVENT, len(batch))
        fields = {
            name: rng.normal(0.0, width, counts.sum()).astype(np.float32) for name, width in list(_WIDTHS.items())[:7]
        }
        columns[collection] = ak.unflatten(ak.zip(fields), counts)
    return ak.Array(columns)
