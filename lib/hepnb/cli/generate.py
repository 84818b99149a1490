"""``hepnb generate``: events with known truth."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hepnb.cli import interrupts
from hepnb.cli.options import overwrite_option
from hepnb.cli.terminal import StepProgress, count
from hepnb.events import DELPHES_TREE, EVENTS_TREE, Process
from hepnb.writers.compression import COMPRESSIONS
from hepnb.writers.json_file import write_json
from hepnb.writers.staging import MARKER, staged_file, staged_folder

if TYPE_CHECKING:
    import awkward as ak

NUMPY: Final = "numpy"
PYTHIA: Final = "pythia"


@click.group()
def generate() -> None:
    """Make files of events with known truth, from a seed and nothing else."""


@generate.command()
@click.option("--events", type=click.IntRange(min=0), required=True, help="How many events.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same events.")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, metavar="FILE.root", help="The file to write."
)
@click.option(
    "--compression", type=click.Choice(list(COMPRESSIONS)), default="zlib", show_default=True, help="Of the file."
)
@click.option("--rntuple", is_flag=True, help="Write an RNTuple and not a TTree.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.root if it exists.")
def dimuon(events: int, seed: int, output: Path, compression: str, rntuple: bool, overwrite: bool) -> None:
    """Collisions with muons, like CMS's of 2012: resonances from eta to Z over a falling continuum.

    The branches are NanoAOD's; GenDimuon_pdgId and GenDimuon_mass [GeV] tell which resonance an event holds.
    """
    # Imported here, so that --help and --version answer at once.
    from hepnb.generators.dimuon import generate as generate_dimuon
    from hepnb.writers.root import write_events

    with staged_file(output, overwrite=overwrite) as path, StepProgress() as progress:
        progress.step("Generating events")
        batches = progress.counted(generate_dimuon(events, seed=seed), total=events)
        write_events(path, batches, tree=EVENTS_TREE, compression=compression, rntuple=rntuple)
    click.echo(f"Wrote {count(events)} events to {output} ({output.stat().st_size / 1e6:.1f} MB).", err=True)


@generate.command()
@click.option("--events-per-class", type=click.IntRange(min=1), required=True, metavar="N", help="How many of each.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same events.")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
@click.option(
    "--engine",
    type=click.Choice([NUMPY, PYTHIA]),
    default=NUMPY,
    show_default=True,
    help="Formulas, in seconds; or Pythia with a fast simulation of CMS, in minutes.",
)
@click.option(
    "--pileup",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    metavar="MU",
    help="Mean number of other collisions in an event.",
)
@overwrite_option
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="W", help="Processes of the engine 'pythia'.  [default: this one]"
)
def topology(
    *,
    events_per_class: int,
    seed: int,
    output: Path,
    engine: str,
    pileup: float,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Collisions for the topology classifier: QCD, top quark pairs, and W bosons with jets.

    \b
    Every event passes the trigger: an electron or a muon with pt > 23 GeV, isolated to 45 %.
    DIR will hold:
      qcd.root, ttbar.root, wjets.root  a tree Delphes each, with the branches of Delphes
      summary.json                      what was asked, and the events of each class
    """  # noqa: D301  # \b keeps Click from joining lines
    if workers is not None and engine != PYTHIA:
        raise click.UsageError("--workers are those of --engine pythia; the other one is done in seconds.")
    asked = {"engine": engine, "seed": seed, "pileup": pileup, "events_per_class": events_per_class}
    written: dict[str, int] = {}
    with staged_folder(output, overwrite=overwrite) as folder, StepProgress() as progress:
        from hepnb.writers.root import DELPHES, write_events  # imported here, so that bad inputs answer at once

        for process in Process:
            progress.step(f"Generating {process.key}")
            batches = _topology(engine, process, events_per_class, seed, pileup, workers or 1, progress)
            path = folder / f"{process.key}.root"
            written[process.key] = write_events(path, batches, tree=DELPHES_TREE, naming=DELPHES)
        write_json(folder / MARKER, {**asked, "events": written})
    size = sum(path.stat().st_size for path in output.iterdir())
    click.echo(f"Wrote {count(sum(written.values()))} events to {output} ({size / 1e6:.1f} MB).", err=True)


def _topology(
    engine: str, process: Process, events: int, seed: int, pileup: float, workers: int, progress: StepProgress
) -> "Iterable[ak.Array]":
    # Imported here, so that each engine works without the packages of the other.
    if engine == NUMPY:
        from hepnb.generators.topology import generate as generate_topology

        yield from progress.counted(generate_topology(process, events, seed=seed, pileup=pileup), total=events)
        return
    from hepnb.generators.pythia.engine import generate as generate_with_pythia
    from hepnb.runners.local import InProcess, Processes

    runner = InProcess() if workers == 1 else Processes(workers)
    try:
        yield from generate_with_pythia(process, events, seed=seed, pileup=pileup, runner=runner, progress=progress)
    except KeyboardInterrupt:
        interrupts.heard()
        raise
