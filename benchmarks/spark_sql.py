"""Claim: jagged columns through Spark SQL cost at most three times as much as the fused reduction."""

from collections.abc import Iterator

from benchmarks.files import Files, Layout
from benchmarks.measure import interleaved
from benchmarks.rows import Row, near
from benchmarks.settings import Settings, main
from benchmarks.spark_jobs import COPIES, fused_aggregates, marginal, sql_aggregates, warm_up

_TIMES_AS_LONG = 3.0


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    settings = settings.of_spark
    files, layout = Files(settings), Layout("zlib")
    paths = files.copies(files.dimuon(layout), COPIES + 1)
    for job in (sql_aggregates, fused_aggregates):
        warm_up(job, paths[:1], settings, what="Spark SQL")
    costs = interleaved(
        {"sql": marginal(sql_aggregates, paths, settings), "fused": marginal(fused_aggregates, paths, settings)},
        settings,
        what="Spark, jagged columns",
    )
    yield near(
        f"Spark, {layout}, jagged columns to SQL",
        costs["sql"],
        peer="fused reduction",
        peer_figure=costs["fused"],
        times=_TIMES_AS_LONG,
    )


if __name__ == "__main__":
    main(measure)
