"""``hepnb train``: from features to a classifier."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hepnb.cli import interrupts
from hepnb.cli.options import json_option
from hepnb.cli.terminal import StepProgress, count, print_json
from hepnb.errors import InputError

if TYPE_CHECKING:
    from hepnb.classifiers.backend import Device
    from hepnb.classifiers.training import Training


@click.command()
@click.argument("model")
@click.option(
    "--features", type=click.Path(path_type=Path), required=True, metavar="DIR", help="What 'hepnb features' made."
)
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="RUN", help="The folder to make.")
@click.option("--epochs", type=click.IntRange(min=1), help="How often it sees all events; of trees, rounds at most.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Events of one step, of all workers.  [default: 128]")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), help="[default: 0.001; of trees, 0.1]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same weights.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that train together."
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU where there is one.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in RUN, after its last whole epoch.")
@click.option("--overwrite", is_flag=True, help="Replace the run in RUN.")
@json_option
def train(
    *,
    model: str,
    features: Path,
    output: Path,
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float | None,
    seed: int,
    workers: int,
    device: "Device",
    resume: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Train a classifier.

    \b
    MODEL is one of
      hlf        three dense layers on the 14 high-level features (arXiv:1807.00083)
      particles  a GRU on the particles (arXiv:1807.00083)
      inclusive  the GRU and the high-level features (arXiv:1807.00083)
      pfn        a particle-flow network on the particles (arXiv:1810.05165)
      pfn-hlf    the particle-flow network and the high-level features: recommended
      trees      boosted decision trees on the high-level features

    \b
    RUN will hold:
      model.keras   the network (trees: model.json), which takes physical features: its scaling is inside
      history.json  every epoch
      metrics.json  the best one, whose weights the model has
      run.json      what was trained on what, with what
      summary.json  what --json prints

    The environment variable KERAS_BACKEND chooses what computes: tensorflow, or jax.
    """  # noqa: D301  # \b keeps Click from joining lines
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.classifiers.catalogue import find_classifier
    from hepnb.classifiers.training import train as train_classifier
    from hepnb.features.folder import open_folder

    find_classifier(model)
    if resume and overwrite:
        raise InputError("--resume continues a run and --overwrite replaces it: choose one of them.")
    folder = open_folder(features)
    try:
        with StepProgress() as progress:
            result = train_classifier(
                model,
                folder,
                output,
                epochs=epochs,
                batch_size=batch_size,
                learning_rate=learning_rate,
                seed=seed,
                workers=workers,
                device=device,
                resume=resume,
                overwrite=overwrite,
                progress=progress,
            )
    except KeyboardInterrupt:
        interrupts.heard()
        _say_how_to_go_on(output)
        raise
    _report(result, as_json=as_json)


def _say_how_to_go_on(output: Path) -> None:
    from hepnb.classifiers.checkpoint import CHECKPOINT  # as above

    if (output / CHECKPOINT).exists():
        click.echo(f"{output} holds what was learned so far: go on with the same command and --resume.", err=True)


def _report(result: "Training", *, as_json: bool) -> None:
    summary: dict[str, Any] = {**asdict(result), "output": str(result.output)}
    if as_json:
        print_json(summary)
        return
    click.echo(
        f"validation loss {result.validation_loss:.4f}, accuracy {result.validation_accuracy:.4f} "
        f"after epoch {result.best_epoch} of {result.epochs}"
    )
    click.echo(
        f"{count(result.parameters)} parameters, {count(round(result.events_per_second))} events/s, "
        f"in {result.seconds:.1f} s; the run is in {result.output}"
    )
