"""The dimuon reduction in one process, beside its peers and its limit, for files of one layout."""

from collections.abc import Iterator

from benchmarks.child import Child, ChildError
from benchmarks.files import Files, Layout
from benchmarks.limit import decompression, per_event
from benchmarks.measure import Contestant, Run, interleaved
from benchmarks.peers import (
    RDATAFRAME,
    TUNED_UPROOT,
    UPROOT,
    rdataframe,
    root_process,
    tuned_uproot_dimuon,
    uproot_dimuon,
)
from benchmarks.project import hepnb_dimuon
from benchmarks.rows import Row, faster, near, skipped
from benchmarks.settings import Settings
from hepnb.runners.settle import settle

_PROJECT = "hepnb"
_LIMIT = "decompression alone"
_TIMES_FASTER = 2.5


def compare(settings: Settings, layout: Layout, *, times_of_limit: float | None = None) -> Iterator[Row]:
    """Measure files of one layout, written by the project, and by ROOT where it is there.

    Args:
        settings: of the run.
        layout: of the files.
        times_of_limit: how much longer than decompression alone the project may take, if that is claimed.
    """
    settle()  # as workers and the command do; decompression alone profits, too
    files = Files(settings)
    try:
        root: Child | None = root_process(settings.root_python)
        reason = ""
    except ChildError as error:
        root, reason = None, str(error)
    yield from _rows(settings, files.dimuon(layout), str(layout), root, times_of_limit)
    if root is not None:
        path = files.dimuon_of_root(layout, root)
        yield from _rows(settings, path, f"{layout} written by ROOT", root, times_of_limit)
    else:
        yield skipped(str(layout), peer=RDATAFRAME, note=reason)


def _rows(settings: Settings, path: str, what: str, root: Child | None, times_of_limit: float | None) -> Iterator[Row]:
    events = settings.events
    contestants: dict[str, Contestant] = {
        _PROJECT: hepnb_dimuon(path, events=events),
        UPROOT: uproot_dimuon(path, events=events),
        TUNED_UPROOT: tuned_uproot_dimuon(path, events=events),
        _LIMIT: _limit(path, events),
    }
    if root is not None:
        contestants[RDATAFRAME] = rdataframe(root, path, events=events)
    costs = interleaved(contestants, settings, what=what)
    own = costs[_PROJECT]
    for peer, times in ((UPROOT, _TIMES_FASTER), (TUNED_UPROOT, None), (RDATAFRAME, _TIMES_FASTER)):
        if peer in costs:
            yield faster(what, own, peer=peer, peer_figure=costs[peer], times=times)
    yield near(what, own, peer=_LIMIT, peer_figure=costs[_LIMIT], times=times_of_limit)


def _limit(path: str, events: int) -> Contestant:
    seconds = decompression(path)
    return lambda: Run(per_event(seconds(), events), None)
