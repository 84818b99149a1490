"""What workers do in tests that look at them meanwhile; it imports little, because every worker imports it."""

import os
import time
from pathlib import Path

from tests.waiting import until


def meet(_: int, *, others: int, folder: Path) -> int:
    """Wait until so many other processes have come here, too."""
    (folder / str(os.getpid())).touch()
    until(lambda: len(list(folder.iterdir())) > others, what="another process")
    return os.getpid()


def sleep_in(folder: str) -> None:
    """Say so in a folder, and sleep for a minute."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)
