"""``hepnb generate``: events with known truth."""

from pathlib import Path

import click

from hepnb.cli.terminal import StepProgress, count
from hepnb.events import EVENTS_TREE
from hepnb.writers.compression import COMPRESSIONS
from hepnb.writers.staging import staged_file


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
