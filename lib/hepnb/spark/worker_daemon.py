"""What does Spark start as the parent of its Python workers? ``python -m hepnb.spark.worker_daemon``.

PySpark's own `pyspark.daemon`, as a fork of the driver's `hepnb.spark.fork_server` where there is one.
"""

import os
import select
import signal
import sys
from pathlib import Path
from types import FrameType

from hepnb.cluster.environment import environment, withdraw
from hepnb.spark.fork_server import ADDRESS, STANDARD_STREAMS, Request, ask, possible


def main() -> None:
    """Be the daemon, or stand for a fork that is."""
    address = environment().get(ADDRESS)
    withdraw(ADDRESS)
    fork = _asked(address) if address is not None and possible() else None
    if fork is None:
        from pyspark.daemon import manager  # who stands for a fork must not wait for it

        manager()
    else:
        _stand_for(fork)


def _asked(address: str) -> int | None:
    variables = dict(environment())
    return ask(address, Request(prefix=sys.prefix, arguments=sys.argv, variables=variables, folder=str(Path.cwd())))


def _stand_for(fork: int) -> None:
    """Hand on the order to end, and live as long as the fork does: Spark knows this process alone."""
    try:
        handle = os.pidfd_open(fork)
    except ProcessLookupError:
        return

    def hand_on(number: int, _: FrameType | None) -> None:
        signal.pidfd_send_signal(handle, number)

    signal.signal(signal.SIGTERM, hand_on)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in STANDARD_STREAMS:
        os.dup2(nothing, stream)
    select.select([handle], [], [])


if __name__ == "__main__":
    main()
