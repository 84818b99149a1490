"""What lies in the folder of a run, and when?

While it trains: ``run.json`` (what was asked for, of what, with what) and ``checkpoint.npz``. When it is done:
``model.keras`` or ``model.json``, ``history.json`` (every epoch), ``metrics.json`` (the best one), ``summary.json``,
and no checkpoint. A run that is being replaced lies beside it, hidden, until the new one has learned something.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from platform import python_version
from typing import Any, Final

from hepnb import __version__
from hepnb.classifiers.checkpoint import CHECKPOINT
from hepnb.errors import FormatError, InputError, MissingInputError, OutputError
from hepnb.events import TRAIN, VALIDATION
from hepnb.features.folder import MANIFEST, FeatureFolder
from hepnb.writers.json_file import write_json
from hepnb.writers.staging import MARKER, staged_file

RUN: Final = "run.json"
HISTORY: Final = "history.json"
METRICS: Final = "metrics.json"
NETWORK_FILE: Final = "model.keras"
TREES_FILE: Final = "model.json"

TRAINING: Final = "training"
FINISHED: Final = "finished"

_LIBRARIES: Final = ("keras", "tensorflow", "tensorflow-cpu", "jax", "xgboost", "xgboost-cpu", "numpy")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What must be the same when a run is resumed.

    Attributes:
        classifier: its name.
        features: digest of the features' list of contents, which has the scaling and the seed.
        epochs: how many there will be.
        batch_size: events of one step, of all workers.
        learning_rate: of the first step.
        seed: of weights, dropout and order.
        width: as in `hepnb.classifiers.models.build`.
        dropout: as there.
        bucketed: as in `hepnb.classifiers.dataset.Dataset.batches`.
    """

    classifier: str
    features: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    width: int | None = None
    dropout: float | None = None
    bucketed: bool = True


def digest_of(folder: FeatureFolder) -> str:
    """What tells a folder of features from others, wherever it lies."""
    return hashlib.sha256((folder.path / MANIFEST).read_bytes()).hexdigest()


def check(output: Path, configuration: Configuration, folder: FeatureFolder, *, resume: bool, overwrite: bool) -> None:
    """See whether a run can begin, or be resumed.

    Args:
        output: its folder.
        configuration: of the run.
        folder: the features.
        resume: go on with the run in it.
        overwrite: remove the run in it.

    Raises:
        OutputError: there is something already that may not be replaced.
        InputError: the run cannot be resumed.
    """
    if output.resolve().is_relative_to(folder.path.resolve()):
        raise InputError(f"{output} lies inside the features {folder.path}: choose a folder elsewhere.")
    if resume and output.exists():
        _check_same(output, configuration)
    else:
        _check_free(output, overwrite=overwrite)


def begin(output: Path, configuration: Configuration, folder: FeatureFolder, *, resume: bool, **facts: Any) -> None:
    """Make the folder of a run in place of an earlier one, or leave the one that is to be resumed.

    The earlier one lies beside it, hidden, until this one has learned something.

    Args:
        output: the folder, which was checked.
        configuration: of the run.
        folder: the features.
        resume: go on with the run in it.
        facts: more to write down.

    Raises:
        OutputError: it cannot be made.
    """
    if resume and output.exists():
        return
    try:
        place = output.resolve()
        if place.exists():
            _set_aside(place)
        place.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be made: {error.strerror}.") from error
    write(
        output / RUN,
        {
            "state": TRAINING,
            "configuration": asdict(configuration),
            "features": {
                "path": str(folder.path.resolve()),
                "conventions": folder.conventions,
                "hlf_scaling": asdict(folder.hlf_scaling),
                "particle_scaling": None if folder.particle_scaling is None else asdict(folder.particle_scaling),
                "events": {split: folder.number(split) for split in (TRAIN, VALIDATION)},
            },
            "versions": _versions(),
            **facts,
        },
    )


def abandon(output: Path) -> None:
    """Remove a run that has learned nothing, and put the earlier one back in its place."""
    place, earlier = output.resolve(), _earlier(output)
    if _has_learned(place):
        shutil.rmtree(earlier, ignore_errors=True)
        return
    shutil.rmtree(place, ignore_errors=True)
    if earlier.exists():
        earlier.rename(place)


def finish(output: Path, *, history: Any, metrics: Mapping[str, Any], **facts: Any) -> None:
    """Write down what came of a run whose model is there; from now on it can be opened."""
    write(output / HISTORY, history)
    write(output / METRICS, metrics)
    content = read_run(output)
    write(output / MARKER, {"classifier": content["configuration"]["classifier"], **metrics, **facts})
    write(output / RUN, {**content, **facts, "state": FINISHED})
    (output / CHECKPOINT).unlink(missing_ok=True)
    shutil.rmtree(_earlier(output), ignore_errors=True)


def read_run(output: Path) -> dict[str, Any]:
    """What ``run.json`` says.

    Raises:
        MissingInputError: it is not there.
        FormatError: it is damaged.
    """
    try:
        content = json.loads((output / RUN).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingInputError(f"{output} is no run: it has no {RUN}. Make one with 'hepnb train'.") from error
    except ValueError as error:
        raise FormatError(f"{output / RUN} is damaged: {error}. Train anew with --overwrite.") from error
    if not isinstance(content, dict) or not {"state", "configuration", "features"} <= content.keys():
        raise FormatError(f"{output / RUN} is damaged: it does not describe a run. Train anew with --overwrite.")
    return content


def read_finished(output: Path) -> dict[str, Any]:
    """What ``run.json`` says of a run that is done.

    Raises:
        InputError: it is not done.
        MissingInputError: it is not there.
        FormatError: it is damaged.
    """
    content = read_run(output)
    if content["state"] != FINISHED:
        raise InputError(f"{output} is not finished: continue it with 'hepnb train … --resume'.")
    return content


def write(path: Path, content: object) -> None:
    """Write JSON, whole or not at all."""
    with staged_file(path, overwrite=True) as staging:
        write_json(staging, content)


def _set_aside(output: Path) -> None:
    """Make room; what a killed process left before it had learned anything is no reason to forget the run before."""
    earlier = _earlier(output)
    if earlier.exists() and not _has_learned(output):
        shutil.rmtree(output)
        return
    shutil.rmtree(earlier, ignore_errors=True)
    output.rename(earlier)


def _earlier(output: Path) -> Path:
    """Where the run lies that was in the place of this one."""
    target = output.resolve()
    return target.with_name(f".{target.name}.replaced")


def _has_learned(output: Path) -> bool:
    return any((output / name).exists() for name in (CHECKPOINT, MARKER))


def _check_same(output: Path, configuration: Configuration) -> None:
    content = read_run(output)
    if content["state"] == FINISHED:
        raise InputError(f"{output} is complete: there is nothing to resume. Use it, or train anew with --overwrite.")
    before = content["configuration"]
    for name, value in asdict(configuration).items():
        if before.get(name) == value:
            continue
        if name == "features":
            raise InputError(
                f"{output} cannot be resumed with other features than those of {content['features']['path']}."
            )
        raise InputError(
            f"{output} cannot be resumed: its {name.replace('_', ' ')} was {before.get(name)}, and now it is {value}."
        )


def _check_free(output: Path, *, overwrite: bool) -> None:
    if not output.exists():
        return
    if not output.is_dir():
        raise OutputError(f"{output} is a file; name a folder for the run.")
    if not any(output.iterdir()):
        return
    ours = (output / RUN).exists() and ((output / MARKER).exists() or read_run(output)["state"] == TRAINING)
    if not ours:
        raise OutputError(f"{output} is not empty and holds no run, so it is not replaced; name another folder.")
    if not overwrite:
        raise OutputError(
            f"{output} holds a run already; continue it with --resume, replace it with --overwrite, "
            "or name another folder."
        )


def _versions() -> dict[str, str]:
    found = {"hepnb": __version__, "python": python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found
