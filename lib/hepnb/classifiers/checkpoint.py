"""How far has a training come?"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hepnb.errors import FormatError
from hepnb.writers.staging import staged_file

CHECKPOINT: Final = "checkpoint.npz"

_EPOCHS: Final = "epochs"


@dataclass(frozen=True)
class Epoch:
    """What came of one.

    Attributes:
        number: from 1.
        loss: mean cross-entropy while it learned [nat].
        accuracy: share of right answers while it learned.
        validation_loss: mean cross-entropy of the validation split behind it [nat].
        validation_accuracy: share of right answers there.
        seconds: that learning took.
        validation_seconds: that looking at the validation split took.
        digest: of the network's weights.
    """

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    validation_seconds: float
    digest: str


@dataclass(frozen=True)
class Checkpoint:
    """A state between two epochs.

    Attributes:
        epochs: those that are done.
        variables: all that changes while it trains, as `hepnb.classifiers.engine.Engine.variables` has it.
        best: weights after the epoch with the lowest validation loss.
    """

    epochs: tuple[Epoch, ...]
    variables: Sequence[npt.NDArray[Any]]
    best: Sequence[npt.NDArray[Any]]

    def save(self, folder: Path) -> None:
        """Write it into a folder, in place of an earlier one: at any moment one of them is there."""
        arrays = {
            **{f"variable-{number:04d}": value for number, value in enumerate(self.variables)},
            **{f"best-{number:04d}": value for number, value in enumerate(self.best)},
        }
        epochs = json.dumps([asdict(epoch) for epoch in self.epochs])
        with staged_file(folder / CHECKPOINT, overwrite=True) as path:
            np.savez(path, **{_EPOCHS: np.array(epochs)}, **arrays)  # type: ignore[arg-type]  # numpy/numpy#24889


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder, or nothing where there is none.

    Raises:
        FormatError: it is damaged.
    """
    path = folder / CHECKPOINT
    try:
        with np.load(path, allow_pickle=False) as content:
            names = sorted(content.files)
            return Checkpoint(
                tuple(Epoch(**epoch) for epoch in json.loads(str(content[_EPOCHS]))),
                [content[name] for name in names if name.startswith("variable-")],
                [content[name] for name in names if name.startswith("best-")],
            )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise FormatError(f"{path} is damaged: {error}. Train anew with --overwrite.") from error


def best_of(epochs: Sequence[Epoch]) -> Epoch:
    """The one with the lowest validation loss."""
    return min(epochs, key=lambda epoch: epoch.validation_loss)
