"""``python -m hepnb.sessions``: the service of remote sessions, as the hub starts it."""

import argparse
import asyncio
import logging
import os

import psutil

from hepnb.sessions.service import serve
from hepnb.sessions.sessions import Limits

_GB = 1 << 30


def main() -> None:
    """Run until the hub ends it."""
    parser = argparse.ArgumentParser(prog="python -m hepnb.sessions", description=__doc__)
    parser.add_argument("--sessions", type=int, required=True, help="that a user may have at a time")
    parser.add_argument("--memory", type=float, required=True, help="of all sessions of a user together [GB]")
    parser.add_argument("--idle-timeout", type=float, required=True, help="after which an unused session ends [s]")
    parser.add_argument("--accounts", action="store_true", help="run sessions under their owners' accounts")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="[%(levelname).1s %(asctime)s sessions] %(message)s")
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count() or 1
    limits = Limits(
        sessions=asked.sessions,
        memory=int(asked.memory * _GB),
        idle_timeout=asked.idle_timeout,
        cores=cores,
    )
    asyncio.run(serve(limits, accounts=asked.accounts))


if __name__ == "__main__":
    main()
