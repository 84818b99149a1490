"""``hepnb train`` as a user runs it, from its start to its end."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from benchmarks.child import ChildError, environment
from benchmarks.memory import MAXRSS_UNIT
from benchmarks.settings import Settings
from hepnb.features.folder import FeatureFolder

_COMMAND: Final = (sys.executable, "-c", "from hepnb.cli import main; main()", "train")


@dataclass(frozen=True)
class Trained:
    """What a training took.

    Attributes:
        seconds: on the clock.
        peak: the most [B] that it had in memory.
    """

    seconds: float
    peak: float


def trained(
    classifier: str, folder: FeatureFolder, output: Path, *options: object, cores: Sequence[int], settings: Settings
) -> Trained:
    """Train on some cores.

    Raises:
        ChildError: it failed.
    """
    settings.progress.step(f"Training {classifier} from start to end")
    on_cores = ["taskset", "-c", ",".join(map(str, cores))]
    arguments = [classifier, "--features", folder.path, "--output", output, "--device", "cpu", *options]
    with TemporaryFile() as said:
        began = time.perf_counter()
        command = [*on_cores, *_COMMAND, *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            raise ChildError(f"hepnb train failed: {(lines or ['it said nothing'])[-1]}")
    return Trained(seconds, float(usage.ru_maxrss * MAXRSS_UNIT))
