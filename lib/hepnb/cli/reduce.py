"""``hepnb reduce``: from files to the pairs of muons in them."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hepnb.cli.options import json_option, overwrite_option
from hepnb.cli.places import Place, place_of
from hepnb.cli.terminal import StepProgress, count, print_cutflow, print_json
from hepnb.events import EVENTS_TREE, SELECTIONS, SPECTRUM
from hepnb.loaders.addresses import resolve
from hepnb.writers.json_file import write_json
from hepnb.writers.staging import MARKER, staged_folder

if TYPE_CHECKING:
    from hepnb.reduction.job import OnError, Reduction

SKIPPED: Final = 3
"""Exit code of a run that left files out."""

_PICTURE: Final = "spectrum.png"
_SKIPPED_FILES: Final = "skipped.json"


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
@click.option(
    "--selection",
    type=click.Choice(SELECTIONS),
    default=SPECTRUM,
    show_default=True,
    help="Which events and pairs count.",
)
@click.option("--tree", default=EVENTS_TREE, show_default=True, help="Name of the TTree or RNTuple.")
@click.option(
    "--backend",
    type=click.Choice(["spark", "process"]),
    default="spark",
    show_default=True,
    help="Where the work runs: on Spark, or in this process, which starts at once. The results are the same.",
)
@click.option(
    "--profile",
    metavar="NAME",
    help="Size of Spark: local, small, medium or large.  [default: the notebook server's, else local]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes of the backend 'process'.  [default: this one alone]",
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    show_default=True,
    help="Give up at a file that cannot be read, or leave it out, list it in skipped.json and exit with 3.",
)
@overwrite_option
@click.option("--no-plot", is_flag=True, help="Draw no spectrum.png.")
@json_option
def reduce(
    *,
    inputs: tuple[str, ...],
    output: Path,
    selection: str,
    tree: str,
    backend: str,
    profile: str | None,
    workers: int | None,
    on_error: "OnError",
    overwrite: bool,
    no_plot: bool,
    as_json: bool,
) -> int:
    """Reduce ROOT files to pairs of muons.

    INPUT is a file, a glob, a folder (every .root file below it), @list.txt (one input a line), or an
    address such as root://, https:// or s3://.

    \b
    Selections:
      spectrum  exactly two muons, of opposite charge
      cms2012   the CMS Big Data reduction: two loose muons, a hard and isolated leading one, opposite charge

    \b
    DIR will hold:
      events.parquet  one row per event kept: dimuon_mass [GeV]; run, luminosityBlock, event where the files have them
      counts.parquet  events of each file before any cut
      spectrum.root   histograms of the mass
      spectrum.png    the picture
      summary.json    what --json prints
    """  # noqa: D301  # \b keeps Click from joining lines
    place = place_of(backend, profile=profile, workers=workers)
    started = time.monotonic()
    with staged_folder(output, overwrite=overwrite) as folder:
        result = _run(resolve(inputs), folder, place, selection=selection, tree=tree, on_error=on_error)
        if not no_plot:
            _draw(result, folder / _PICTURE, selection)
        summary = _summary(result, output, seconds=time.monotonic() - started)
        write_json(folder / MARKER, summary)
        if result.skipped:
            write_json(
                folder / _SKIPPED_FILES,
                [{"file": failure.path, "reason": str(failure.error)} for failure in result.skipped],
            )
    _report(result, summary, as_json=as_json)
    return SKIPPED if result.skipped else 0


def _run(
    paths: list[str], folder: Path, place: Place, *, selection: str, tree: str, on_error: "OnError"
) -> "Reduction":
    # Imported here, so that --help and bad inputs answer at once.
    from hepnb.loaders.catalogue import describe
    from hepnb.reduction.dimuon import find_selection
    from hepnb.reduction.job import reduce_files

    with StepProgress() as progress:
        if on_error == "fail":
            # Workers take time to start; what is wrong with the first file can be said before.
            describe(paths[0], tree=tree, columns=find_selection(selection).columns)
        with place(progress) as runner:
            return reduce_files(
                runner, paths, folder, selection=selection, tree=tree, on_error=on_error, progress=progress
            )


def _draw(result: "Reduction", path: Path, selection: str) -> None:
    from hepnb.plots.spectrum import draw  # imported here, because --no-plot works without matplotlib

    draw(result.spectrum, title=f"Opposite-charge muon pairs, selection {selection}").savefig(path, dpi=150)


def _summary(result: "Reduction", output: Path, *, seconds: float) -> dict[str, Any]:
    return {
        "files": len(result.files),
        "events": result.cutflow[0].events,
        "cutflow": [asdict(line) for line in result.cutflow],
        # Machines add in different orders; that changes digits far behind these.
        "mean_mass_gev": None if result.mean_mass is None else round(result.mean_mass, 9),
        "seconds": round(seconds, 3),
        "bytes_read": result.bytes_read,
        "dataset_bytes": result.dataset_bytes,
        "output": str(output),
    }


def _report(result: "Reduction", summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        print_cutflow(result.cutflow)
        click.echo("no pair" if result.mean_mass is None else f"mean mass {result.mean_mass:.4f} GeV")
        files = f"{count(summary['files'])} file{'' if summary['files'] == 1 else 's'}"
        sizes = f"{result.bytes_read / 1e6:.1f} MB of {result.dataset_bytes / 1e6:.1f} MB"
        click.echo(f"{files}, {sizes} read, in {summary['seconds']:.1f} s; the results are in {summary['output']}")
    for failure in result.skipped:
        click.echo(f"hepnb: skipped: {failure.error}", err=True)
