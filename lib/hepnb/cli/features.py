"""``hepnb features``: from Delphes files to what networks learn from."""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hepnb.cli.many_values import ManyValuesCommand
from hepnb.cli.options import json_option, overwrite_option
from hepnb.cli.places import place_of
from hepnb.cli.terminal import StepProgress, count, print_json, print_table
from hepnb.events import SPLITS, Process
from hepnb.loaders.addresses import resolve
from hepnb.writers.json_file import write_json
from hepnb.writers.staging import MARKER, staged_folder

if TYPE_CHECKING:
    from hepnb.features.job import FeatureReport

_paths: Final = partial(click.option, multiple=True, metavar="PATH...")


@click.command(cls=ManyValuesCommand)
@_paths("--qcd", help="Delphes files of QCD multijet events.")
@_paths("--ttbar", help="Delphes files of top quark pairs.")
@_paths("--wjets", help="Delphes files of W bosons with jets.")
@_paths("--published", help="Public Parquet files of SparkDLTrigger, of all classes, in the place of Delphes files.")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
@click.option(
    "--compat",
    type=click.Choice(["sparkdltrigger"]),
    help="Compute the features as the published pipeline did, to compare with it.  [default: correct physics]",
)
@click.option("--balance", is_flag=True, help="Keep as many events of each class as the smallest has.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the balancing and of the order of events. The splits do not depend on it.",
)
@click.option("--drop-nonfinite", is_flag=True, help="Leave out events with features that are NaN or infinite.")
@click.option(
    "--backend",
    type=click.Choice(["process", "spark"]),
    default="process",
    show_default=True,
    help="Where the work runs: in processes of this machine, or on Spark. The results are the same.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes of the backend 'process'.  [default: 1]"
)
@click.option("--profile", metavar="NAME", help="Size of Spark: local, small, medium or large.")
@overwrite_option
@json_option
def features(
    *,
    qcd: tuple[str, ...],
    ttbar: tuple[str, ...],
    wjets: tuple[str, ...],
    published: tuple[str, ...],
    output: Path,
    compat: str | None,
    balance: bool,
    seed: int,
    drop_nonfinite: bool,
    backend: str,
    workers: int | None,
    profile: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Compute the features of the topology classifier from Delphes files.

    PATH is a file, a glob, a folder, @list.txt, or an address such as root://, https:// or s3://. Of each class as many
    as you like: --qcd a.root b.root --ttbar c.root.

    Events pass a trigger: an electron or muon of pT > 23 GeV with a relative isolation below 0.45. They are divided
    into events for training, validation and test by a hash of what they hold, before anything is fitted.

    \b
    DIR will hold:
      train/, validation/, test/  Parquet files: HLF_input (14 features), GRU_input (19 per particle, ragged),
                                  encoded_label, label (0 QCD, 1 ttbar, 2 W+jets), split, event_id
      features.json               how they were computed and scaled, and what is where
      summary.json                what --json prints
    """  # noqa: D301  # \b keeps Click from joining lines
    given = {Process.QCD: qcd, Process.TTBAR: ttbar, Process.WJETS: wjets}
    if any(given.values()) == bool(published):
        raise click.UsageError(
            "Name the Delphes files of at least one class (--qcd, --ttbar, --wjets), or public files (--published)."
        )
    if published and compat:
        raise click.UsageError("--compat is for Delphes files; public files hold what was computed long ago.")
    place = place_of(backend, profile=profile, workers=workers)
    started = time.monotonic()
    with staged_folder(output, overwrite=overwrite) as folder:
        make = _converter(published) if published else _maker(given, compat)
        with StepProgress() as progress, place(progress) as runner:
            report = make(
                runner, folder=folder, balance=balance, seed=seed, drop_not_finite=drop_nonfinite, progress=progress
            )
        summary = _summary(report, output, seconds=time.monotonic() - started)
        write_json(folder / MARKER, summary)
    _print(report, summary, as_json=as_json)


def _maker(given: dict[Process, tuple[str, ...]], compat: str | None) -> Callable[..., "FeatureReport"]:
    # Imported here, so that --help and bad inputs answer at once.
    from hepnb.features.job import make_features
    from hepnb.physics.conventions import find_conventions

    inputs = {process: resolve(paths) for process, paths in given.items() if paths}
    return partial(make_features, inputs=inputs, conventions=find_conventions(compat))


def _converter(published: tuple[str, ...]) -> Callable[..., "FeatureReport"]:
    from hepnb.features.job import convert_published  # imported here, as the other

    return partial(convert_published, paths=resolve(published, suffix=".parquet"))


def _summary(report: "FeatureReport", output: Path, *, seconds: float) -> dict[str, Any]:
    made = report.folder
    return {
        "classes": {key: {**asdict(one), **made.events[key]} for key, one in report.classes.items()},
        "events": {split: made.number(split) for split in SPLITS},
        "mean_particles": made.mean_particles,
        "not_finite": dict(report.not_finite),
        "left_out": report.left_out,
        "copies": report.copies,
        "conventions": made.conventions,
        "balanced": made.balanced,
        "seed": made.seed,
        "seconds": round(seconds, 3),
        "output": str(output),
    }


def _print(report: "FeatureReport", summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        titles = ("class", "events", "passed the trigger", "kept", *SPLITS)
        rows = [
            (key, *(count(one[title]) for title in ("events", "passed", "kept", *SPLITS)))
            for key, one in summary["classes"].items()
        ]
        print_table(titles, rows, title="Features")
        click.echo(
            f"{summary['mean_particles']:.0f} particles per event; in {summary['seconds']:.1f} s; "
            f"the results are in {summary['output']}"
        )
    if report.left_out:
        click.echo(f"hepnb: left out {count(report.left_out)} events with features that are not finite.", err=True)
    if report.copies:
        click.echo(f"hepnb: {count(report.copies)} events are copies of others; was a file given twice?", err=True)
