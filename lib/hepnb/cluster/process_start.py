"""When did a process begin? By it a process is told from a later one that has its number."""

import os
from pathlib import Path


def began(process: int) -> float:
    """Its start on a clock that nobody sets [s]; on Linux since the machine started, elsewhere since 1970.

    Linux says when a process began in ticks since its own start. ``psutil`` adds the wall clock's idea of that start,
    and so moves with each correction of the clock.

    Args:
        process: its number.

    Raises:
        ProcessLookupError: there is none of that number.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except FileNotFoundError:
        return _elsewhere(process)
    # The name of the program stands in parentheses, and may have some itself; the start is field 22 (proc(5)).
    return int(status.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")


def _elsewhere(process: int) -> float:
    import psutil  # only here: the standard library knows no way on other systems

    try:
        return psutil.Process(process).create_time()
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(f"There is no process {process}.") from error
