"""``hepnb search``: which settings let a classifier learn best."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from hepnb.cli.options import json_option
from hepnb.cli.places import place_of
from hepnb.cli.terminal import StepProgress, print_json

if TYPE_CHECKING:
    from hepnb.classifiers.search import Method, Outcome


@click.command()
@click.argument("model")
@click.option(
    "--features", type=click.Path(path_type=Path), required=True, metavar="DIR", help="What 'hepnb features' made."
)
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
@click.option("--trials", type=click.IntRange(min=1), default=12, show_default=True, help="Settings to try, at most.")
@click.option("--random", "method", flag_value="random", default="random", help="Settings at random.  [default]")
@click.option("--grid", "method", flag_value="grid", help="All combinations of a few values.")
@click.option("--epochs", type=click.IntRange(min=1), help="Of each run.  [default: the classifier's own]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same settings.")
@click.option(
    "--backend",
    type=click.Choice(["spark", "process"]),
    default="process",
    show_default=True,
    help="Where the runs are trained: on Spark, or in processes of this machine.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: this one alone]")
@click.option("--profile", metavar="NAME", help="Size of Spark.  [default: the notebook server's, else local]")
@json_option
def search(
    *,
    model: str,
    features: Path,
    output: Path,
    trials: int,
    method: "Method",
    epochs: int | None,
    seed: int,
    backend: str,
    workers: int | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Search the settings that let a classifier learn best.

    MODEL is one of those of 'hepnb train'. Each setting is a run of its own, one on a core. Searching again with the
    same output goes on where it was interrupted, and does not repeat what is finished.

    \b
    DIR will hold:
      best         the run with the lowest validation loss
      trials.json  every setting and what came of it
      trial-…      the runs
    """  # noqa: D301  # \b keeps Click from joining lines
    place = place_of(backend, profile=profile, workers=workers)
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.classifiers.catalogue import find_classifier
    from hepnb.classifiers.search import search as search_settings
    from hepnb.features.folder import open_folder

    find_classifier(model)
    folder = open_folder(features)
    threads = 1 if backend == "spark" else max((os.cpu_count() or 1) // (workers or 1), 1)
    with StepProgress() as progress, place(progress) as runner:
        outcomes = search_settings(
            model,
            folder,
            output,
            trials=trials,
            method=method,
            epochs=epochs,
            seed=seed,
            runner=runner,
            threads=threads,
            progress=progress,
        )
    _report(outcomes, output, as_json=as_json)


def _report(outcomes: Sequence["Outcome"], output: Path, *, as_json: bool) -> None:
    if as_json:
        from hepnb.classifiers.search import TRIALS  # as above

        trials = json.loads((output / TRIALS).read_text(encoding="utf-8"))
        print_json({"trials": trials, "output": str(output)})
        return
    table = Table("validation loss", "accuracy", "learning rate", "batch", "width", "dropout", "seconds")
    for outcome in outcomes:
        trial = outcome.trial
        settings = (trial.learning_rate, trial.batch_size, trial.width, trial.dropout)
        figures = (f"{outcome.validation_loss:.4f}", f"{outcome.validation_accuracy:.4f}")
        table.add_row(*figures, *("–" if one is None else f"{one:g}" for one in settings), f"{outcome.seconds:.1f}")
    Console().print(table)
    click.echo(f"the best run is in {output / 'best'}")
