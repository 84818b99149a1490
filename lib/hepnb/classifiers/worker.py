"""What does one worker of a gang do?

    python -m hepnb.classifiers.worker NUMBER ADDRESS,ADDRESS,… JOB [--watch]

JOB is a file that `hepnb.classifiers.gang.Job.save` wrote, the addresses are those of all workers, and NUMBER is this
one's place among them, from 0. Each line on standard output is a JSON object that says what is done. With ``--watch``
it ends when its standard input does, also when its work is finished.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from hepnb.classifiers import backend
from hepnb.classifiers.checkpoint import Epoch
from hepnb.classifiers.dataset import Share
from hepnb.classifiers.fitting import fit
from hepnb.classifiers.gang import Job
from hepnb.cluster.environment import export
from hepnb.errors import HepnbError, InputError
from hepnb.features.folder import open_folder

_LONGEST: Final = 300
"""How much of an unexpected error is told; TensorFlow says the cause last."""


class Telling:
    """A `hepnb.runners.runner.Progress` on standard output."""

    def step(self, description: str) -> None:
        """A new step begins."""
        say(step=description)

    def tasks(self, done: int, total: int) -> None:
        """So many of the step's tasks are done."""
        say(tasks=[done, total])


def main(arguments: Sequence[str]) -> NoReturn:
    """Work, and end at once: TensorFlow would wait for workers that have died."""
    number, addresses, job = int(arguments[0]), arguments[1].split(","), Job.load(Path(arguments[2]))
    watched = "--watch" in arguments[3:]
    if watched:
        threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        work(number, addresses, job)
    except HepnbError as error:
        say(error=str(error), **{"class": type(error).__name__})
        os._exit(1)
    except BaseException as error:  # whatever it is, the others must not wait for this one
        sys.stderr.write(traceback.format_exc())
        said = " ".join(str(error).split())
        say(error=f"{type(error).__name__}: {said[-_LONGEST:]}", **{"class": ""})
        os._exit(1)
    say(finished=True)
    if watched:
        # Others may still read from this one what the last step added up.
        threading.Event().wait()
    os._exit(0)


def work(number: int, addresses: Sequence[str], job: Job) -> None:
    """Train with the others.

    Raises:
        HepnbError: as `hepnb.classifiers.fitting.fit`.
    """
    task = {"type": "worker", "index": number}
    export({"TF_CONFIG": json.dumps({"cluster": {"worker": list(addresses)}, "task": task})})
    folder = open_folder(job.features)
    name = backend.start(device=job.device, threads=job.threads)
    if name != backend.TENSORFLOW:
        raise InputError(f"The Keras backend {name} trains in one process: leave --workers out.")
    import tensorflow as tf  # only now: the variables above are read at its import

    fit(
        job.configuration,
        folder,
        job.output,
        strategy=tf.distribute.MultiWorkerMirroredStrategy(),
        share=Share(number, len(addresses)),
        progress=Telling(),
        told=_told,
    )


def say(**message: Any) -> None:
    """One line to whoever started this."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _told(epoch: Epoch) -> None:
    say(epoch=epoch.number, digest=epoch.digest)


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
