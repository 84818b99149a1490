"""The job: Delphes files of each class in, a folder of features out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from hepnb.errors import InputError, MissingNameError
from hepnb.events import DELPHES_TREE, Process
from hepnb.features.assemble import assemble, copies_among
from hepnb.features.delphes import OPTIONAL, check_list, muons_of, required
from hepnb.features.folder import FeatureFolder
from hepnb.features.published import convert
from hepnb.features.work import Part, Recipe, Task, extract_piece
from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.loaders.plan import plan
from hepnb.loaders.survey import describe_all
from hepnb.physics.conventions import HEPNB, PUBLISHED, Conventions
from hepnb.physics.trigger import MAX_ISOLATION, MIN_LEPTON_PT
from hepnb.runners.runner import Progress, Runner, Silent

_PIECE_BYTES: Final = 16 << 20  # [B] compressed; unpacked, the features of a piece stay below 500 MB


@dataclass(frozen=True, kw_only=True)
class ClassReport:
    """What became of the events of a class.

    Attributes:
        files: how many.
        events: before any cut.
        passed: the trigger.
        kept: in the folder; fewer where classes are balanced, or events are left out.
    """

    files: int
    events: int
    passed: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class FeatureReport:
    """What the job did.

    Attributes:
        folder: what is in it now.
        classes: what became of the events of each, by the key of the process.
        not_finite: in how many events each feature was NaN or infinite, by feature, where it was.
        left_out: how many events were left out for it.
        copies: events that were there before, in the same or in another file.
    """

    folder: FeatureFolder
    classes: Mapping[str, ClassReport]
    not_finite: Mapping[str, int]
    left_out: int
    copies: int


def make_features(
    runner: Runner,
    inputs: Mapping[Process, Sequence[str]],
    folder: Path,
    *,
    conventions: Conventions = HEPNB,
    balance: bool = False,
    seed: int = 0,
    drop_not_finite: bool = False,
    progress: Progress | None = None,
) -> FeatureReport:
    """Extract features, divide the events into splits, fit the scaling on those for training, and write all down.

    Args:
        runner: where the work runs; its workers must see `folder`.
        inputs: paths of each class, as `hepnb.loaders.addresses.resolve` returns them.
        folder: an empty folder for the results.
        conventions: correct physics, or what is to be compared with.
        balance: keep as many events of each class as the smallest has, in each split.
        seed: of the balancing and of the order of events.
        drop_not_finite: leave out events with a feature that is NaN or infinite, and do not give up.
        progress: is told how far the work is.

    Raises:
        InputError: a class without events, or none of its events passes the trigger; features that are not finite.
        HepnbError: another of its children, where a file cannot be read or lacks a branch.
    """
    watched = progress or Silent()
    recipe = Recipe(
        conventions=conventions, seed=seed, folder=folder.absolute() / "parts", drop_not_finite=drop_not_finite
    )
    recipe.folder.mkdir()
    watched.step(f"Looking into {sum(len(paths) for paths in inputs.values())} files")
    files = {process: _files(runner, process, paths) for process, paths in inputs.items()}
    watched.step("Extracting features")
    parts = runner.map(partial(extract_piece, recipe=recipe), _tasks(files), progress=watched)
    _check_passed(parts, files)
    numbers = {process: len(described) for process, described in files.items()}
    return _report(runner, parts, recipe, numbers, balance=balance, scaled=False, progress=watched)


def convert_published(
    runner: Runner,
    paths: Sequence[str],
    folder: Path,
    *,
    balance: bool = False,
    seed: int = 0,
    drop_not_finite: bool = False,
    progress: Progress | None = None,
) -> FeatureReport:
    """Make a folder of features from the Parquet files that the published pipeline left to the public.

    The events are divided into our splits, whatever split they were in. Arguments and errors are those of
    `make_features` and of `hepnb.features.published.convert`.
    """
    watched = progress or Silent()
    recipe = Recipe(
        conventions=PUBLISHED, seed=seed, folder=folder.absolute() / "parts", drop_not_finite=drop_not_finite
    )
    recipe.folder.mkdir()
    watched.step(f"Converting {len(paths)} files")
    parts = convert(runner, paths, recipe, progress=watched)
    if not sum(part.read for part in parts):
        raise InputError(f"There are no events in {_named(paths)}.")
    numbers = dict.fromkeys(Process, len(paths))
    return _report(runner, parts, recipe, numbers, balance=balance, scaled=True, progress=watched)


def _report(
    runner: Runner,
    parts: Sequence[Part],
    recipe: Recipe,
    files: Mapping[Process, int],
    *,
    balance: bool,
    scaled: bool,
    progress: Progress,
) -> FeatureReport:
    not_finite = _not_finite(parts, drop=recipe.drop_not_finite)
    made = assemble(
        runner,
        parts,
        recipe.folder.parent,
        conventions=recipe.conventions,
        balance=balance,
        seed=recipe.seed,
        scaled=scaled,
        progress=progress,
    )
    recipe.folder.rmdir()
    return FeatureReport(
        folder=made,
        classes={process.key: _class_report(process, number, parts, made) for process, number in files.items()},
        not_finite=not_finite,
        left_out=sum(part.left_out for part in parts),
        copies=copies_among(parts),
    )


def _files(runner: Runner, process: Process, paths: Sequence[str]) -> tuple[FileDescription, ...]:
    """What is in the files of a class, all of which call their muons alike."""
    try:
        found = describe(paths[0], tree=DELPHES_TREE, columns=None)
    except MissingNameError as error:
        raise MissingNameError(f"{paths[0]} was not written by Delphes: it has no tree '{DELPHES_TREE}'.") from error
    muons = muons_of([column.name for column in found.columns], where=paths[0])
    files = describe_all(runner, paths, tree=DELPHES_TREE, columns=required(muons), optional=OPTIONAL)
    for file in files:
        for field in file.schema:
            check_list(field.type, field.name, where=file.path)
    if not sum(file.entries for file in files):
        raise InputError(f"The class {process.key} has no events: the tree of {_named(paths)} is empty.")
    return files


def _tasks(files: Mapping[Process, Sequence[FileDescription]]) -> list[Task]:
    pieces = [
        (process, described[0].schema, piece)
        for process, described in files.items()
        for piece in plan(described, target_bytes=_PIECE_BYTES)
    ]
    return [Task(number, *piece) for number, piece in enumerate(pieces)]


def _not_finite(parts: Sequence[Part], *, drop: bool) -> dict[str, int]:
    """In how many events each feature is NaN or infinite."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.not_finite)
    if counts and not drop:
        listed = ", ".join(f"{name} in {number}" for name, number in counts.items())
        raise InputError(
            f"Some events have features that are NaN or infinite: {listed} of {sum(part.passed for part in parts)} "
            "events. Mend the files, or leave these events out with --drop-nonfinite."
        )
    return dict(counts)


def _check_passed(parts: Sequence[Part], files: Mapping[Process, Sequence[FileDescription]]) -> None:
    for process, described in files.items():
        mine = [part for part in parts if part.process is process]
        if not sum(part.passed for part in mine):
            raise InputError(
                f"None of the {sum(part.read for part in mine)} events of the class {process.key} "
                f"({_named([file.path for file in described])}) passes the trigger: an electron or muon of "
                f"pT > {MIN_LEPTON_PT:g} GeV with an isolation below {MAX_ISOLATION:g}."
            )


def _class_report(process: Process, files: int, parts: Sequence[Part], made: FeatureFolder) -> ClassReport:
    mine = [part for part in parts if part.process is process]
    return ClassReport(
        files=files,
        events=sum(part.read for part in mine),
        passed=sum(part.passed for part in mine),
        kept=sum(made.events[process.key].values()),
    )


def _named(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
