"""``hepnb evaluate``: how good trained models are, and which of them is better."""

import csv
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hepnb.cli.evaluation_tables import print_comparisons, print_models
from hepnb.cli.options import json_option, overwrite_option
from hepnb.cli.terminal import StepProgress, count, print_json
from hepnb.errors import InputError, MissingNameError, nearest
from hepnb.events import EVENT_KEY, LABEL, TEST, Process
from hepnb.writers.json_file import write_json
from hepnb.writers.staging import MARKER, staged_folder

if TYPE_CHECKING:
    from hepnb.classifiers.run import Run
    from hepnb.evaluation.comparison import Evaluation, Predictions
    from hepnb.features.folder import FeatureFolder

_LEAST_REPLICAS: Final = 40  # of fewer, not one lies beyond either end of an interval of 95 %
_TABLE: Final = "table.csv"


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--features", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder of features."
)
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to make.")
@click.option("--split", default=TEST, show_default=True, help="Which events of the features: test, validation, train.")
@click.option(
    "--bootstrap",
    type=click.IntRange(min=_LEAST_REPLICAS),
    default=500,
    show_default=True,
    metavar="N",
    help="Replicas of the events that the intervals come from.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the replicas.")
@overwrite_option
@json_option
def evaluate(
    *,
    runs: tuple[Path, ...],
    features: Path,
    output: Path,
    split: str,
    bootstrap: int,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure trained models on the same events.

    RUN is a folder that 'hepnb train' made. Each process is told from the two others by its score; false-positive rates
    (FPR) are those at which 90, 95 and 99 % of the process pass (TPR). Intervals come from replicas of the events, the
    same ones for all runs, so that differences and ratios of runs are known better than the numbers themselves.

    \b
    DIR will hold:
      table.csv                every number with its intervals of 68 and 95 %
      roc.png                  false- against true-positive rates
      confusion.png            what is taken for what
      scores.png               distributions of the scores
      calibration.png          are the scores probabilities
      history.png              the training, where a run has epochs
      predictions-RUN.parquet  event_id, label and the scores of each event
      summary.json             what --json prints
    """  # noqa: D301  # \b keeps Click from joining lines
    started = time.monotonic()
    with staged_folder(output, overwrite=overwrite) as folder, StepProgress() as progress:
        events = _open_features(features, split)
        opened = _open_runs(runs)
        predictions = _predict(opened, events, split, folder, progress)
        evaluation = _evaluate(predictions, progress, replicas=bootstrap, seed=seed)
        progress.step("Drawing")
        _draw(evaluation, opened, predictions, folder)
        _write_table(evaluation, folder / _TABLE)
        summary = _summary(evaluation, opened, features=features, split=split, output=output, started=started)
        write_json(folder / MARKER, summary, allow_nan=False)
    if as_json:
        print_json(summary)
    else:
        print_models(evaluation, parameters={name: run.parameters for name, run in opened.items()})
        print_comparisons(evaluation)
        number = count(sum(evaluation.events.values()))
        click.echo(f"{number} events of split '{split}', in {summary['seconds']:.1f} s; the results are in {output}")


def _open_runs(paths: tuple[Path, ...]) -> dict[str, "Run"]:
    from hepnb.classifiers.run import open_run  # imported here, so that --help answers at once

    opened = [open_run(path) for path in paths]
    (name, times), *_ = Counter(run.name for run in opened).most_common(1)
    if times > 1:
        same = [str(path) for path, run in zip(paths, opened, strict=True) if run.name == name]
        raise InputError(f"{' and '.join(same)} would have one name in the results, '{name}'; rename a folder.")
    return {run.name: run for run in opened}


def _open_features(path: Path, split: str) -> "FeatureFolder":
    from hepnb.features.folder import open_folder  # imported here, as everything that needs pyarrow

    folder = open_folder(path)
    if split not in folder.shards:
        raise MissingNameError(f"{path} has no split '{split}'; {nearest(split, folder.shards)}.")
    missing = [process.key for process in Process if not folder.events.get(process.key, {}).get(split)]
    if missing:
        raise InputError(f"Split '{split}' of {path} has no event of {', '.join(missing)}; evaluate on another one.")
    return folder


def _predict(
    runs: Mapping[str, "Run"], features: "FeatureFolder", split: str, folder: Path, progress: StepProgress
) -> dict[str, "Predictions"]:
    predictions: dict[str, Predictions] = {}
    for name, run in runs.items():
        progress.step(f"Predicting with {name}")
        predictions[name] = run.predict(features, split)
        _write_predictions(predictions[name], folder / f"predictions-{name}.parquet")
    return predictions


def _write_predictions(predictions: "Predictions", path: Path) -> None:
    import pyarrow as pa  # imported here, so that --help answers at once

    from hepnb.writers.parquet import write_rows

    scores = {f"score_{process.key}": predictions.scores[:, process] for process in Process}
    batch = pa.record_batch({EVENT_KEY: predictions.event_ids, LABEL: predictions.labels, **scores})
    write_rows(path, [batch], schema=batch.schema)


def _evaluate(
    predictions: Mapping[str, "Predictions"], progress: StepProgress, *, replicas: int, seed: int
) -> "Evaluation":
    from hepnb.evaluation.comparison import evaluate as evaluate_predictions  # imported here, as everything that runs

    progress.step("Measuring")
    return evaluate_predictions(predictions, replicas=replicas, seed=seed, progress=progress.tasks)


def _draw(
    evaluation: "Evaluation", runs: Mapping[str, "Run"], predictions: Mapping[str, "Predictions"], folder: Path
) -> None:
    # Imported here, so that --help and bad inputs answer at once.
    from hepnb.plots.curves import draw_calibration, draw_roc
    from hepnb.plots.evaluated import reliability_curves, roc_curves
    from hepnb.plots.history import draw_history
    from hepnb.plots.matrices import draw_confusion
    from hepnb.plots.scores import draw_scores

    labels = next(iter(predictions.values())).labels
    pictures = {
        "roc": partial(draw_roc, roc_curves(evaluation)),
        "calibration": partial(draw_calibration, reliability_curves(evaluation)),
        "confusion": partial(draw_confusion, {model.name: model.confusion for model in evaluation.models}),
        "scores": partial(draw_scores, {name: one.scores for name, one in predictions.items()}, labels),
    }
    histories = {name: run.history for name, run in runs.items()}
    if any(histories.values()):
        pictures["history"] = partial(draw_history, histories)
    for name, picture in pictures.items():
        picture().savefig(folder / f"{name}.png", dpi=100)


def _write_table(evaluation: "Evaluation", path: Path) -> None:
    from hepnb.evaluation.report import Row, rows

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows(evaluation))


def _summary(
    evaluation: "Evaluation",
    runs: Mapping[str, "Run"],
    *,
    features: Path,
    split: str,
    output: Path,
    started: float,
) -> dict[str, Any]:
    from hepnb.evaluation.report import summary

    content = summary(evaluation)
    for name, run in runs.items():
        content["runs"][name] = {"model": run.model, "parameters": run.parameters, **content["runs"][name]}
    return {
        "features": str(features),
        "split": split,
        **content,
        "seconds": round(time.monotonic() - started, 3),
        "output": str(output),
    }
