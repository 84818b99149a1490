"""Claim: the fused reduction on Spark costs less per event than uproot in one process, JVM and workers included."""

from collections.abc import Iterator
from typing import Final

from benchmarks.files import Files, Layout
from benchmarks.measure import Contestant, interleaved
from benchmarks.peers import UPROOT, uproot_dimuon
from benchmarks.rows import Row, at_most, faster
from benchmarks.settings import Settings, main
from benchmarks.spark_jobs import COPIES, Job, command_job, fused_aggregates, fused_histogram, marginal, warm_up
from hepnb.runners.settle import settle

_TIMES_FASTER: Final = 1.5

_JOBS: Final[dict[str, Job]] = {
    "aggregated": fused_aggregates,
    "histogram": fused_histogram,
    "hepnb reduce": command_job,
}

_STRETCH: Final = {Layout("zlib"): 250.0, Layout("lz4"): 120.0, Layout("zstd", rntuple=True): 120.0}  # [ns/event]


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    settings = settings.of_spark
    settle()
    files = Files(settings)
    for layout, stretch in _STRETCH.items():
        jobs = _JOBS if layout == Layout("zlib") else {"aggregated": fused_aggregates}
        paths = files.copies(files.dimuon(layout), COPIES + 1)
        for name, job in jobs.items():
            warm_up(job, paths[:1], settings, what=f"Spark, {name}")
        contestants: dict[str, Contestant] = {name: marginal(job, paths, settings) for name, job in jobs.items()}
        contestants[UPROOT] = uproot_dimuon(paths[0], events=settings.events)
        costs = interleaved(contestants, settings, what=f"Spark, {layout}")
        for name in jobs:
            claim = f"Spark, {layout}, {name}"
            yield faster(claim, costs[name], peer=UPROOT, peer_figure=costs[UPROOT], times=_TIMES_FASTER)
        yield at_most(f"Spark, {layout}, aggregated", costs["aggregated"], unit="ns/event", bound=stretch)


if __name__ == "__main__":
    main(measure)
