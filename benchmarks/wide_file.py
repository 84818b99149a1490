"""Claim: six of seventy branches are reduced at 2 GB of file per second and core."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.files import Files, events_in
from benchmarks.measure import NANO, interleaved
from benchmarks.peers import UPROOT, uproot_dimuon
from benchmarks.project import hepnb_dimuon
from benchmarks.rows import Row, at_least, faster
from benchmarks.settings import Settings, main
from hepnb.runners.settle import settle

_RATE = 2.0  # [GB/s]


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    settle()
    path = Files(settings).wide()
    events = events_in(path)
    bytes_per_event = Path(path).stat().st_size / events
    costs = interleaved(
        {
            "hepnb": hepnb_dimuon(path, events=events),
            UPROOT: uproot_dimuon(path, events=events),
        },
        settings,
        what="a wide file",
    )
    own = costs["hepnb"]
    claim = f"six of 70 branches, {bytes_per_event:.0f} B/event"
    yield at_least(claim, bytes_per_event / own * NANO / 1e9, unit="GB/s", bound=_RATE)
    yield faster(claim, own, peer=UPROOT, peer_figure=costs[UPROOT], times=None)


if __name__ == "__main__":
    main(measure)
