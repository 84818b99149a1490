"""How do several processes train one network?

All begin together, and when one dies, all end and begin again from the last checkpoint: the others could not go on
without it. The launcher here is for one machine; another one starts `hepnb.classifiers.worker` with its own addresses.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hepnb import errors
from hepnb.classifiers.backend import Device
from hepnb.classifiers.run_folder import Configuration
from hepnb.cluster.ports import free_port
from hepnb.errors import SessionError
from hepnb.features.folder import FeatureFolder
from hepnb.runners.runner import Progress

ATTEMPTS: Final = 3
"""How often a gang may die without an epoch in between."""

_TAIL: Final = 2000  # [B]

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What every worker of a gang must know; it travels as a file.

    Attributes:
        configuration: what to train, and how.
        features: folder of features, which all workers see.
        output: folder of the run, which has begun, and which all workers see.
        device: where.
        threads: of each worker; all cores where ``None``.
    """

    configuration: Configuration
    features: Path
    output: Path
    device: Device
    threads: int | None

    def save(self, path: Path) -> None:
        """Write it down."""
        content = {**asdict(self), "features": str(self.features.resolve()), "output": str(self.output.resolve())}
        path.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Job":
        """What `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            configuration=Configuration(**content.pop("configuration")),
            features=Path(content.pop("features")),
            output=Path(content.pop("output")),
            **content,
        )


def fit(
    configuration: Configuration,
    folder: FeatureFolder,
    output: Path,
    *,
    workers: int,
    device: Device,
    progress: Progress,
) -> None:
    """Train from the checkpoint in a run's folder, or from the beginning, to the end.

    Args:
        configuration: what to train, and how.
        folder: of features.
        output: folder of the run, which has begun.
        workers: how many processes.
        device: where.
        progress: is told how far the first worker is.

    Raises:
        HepnbError: what a worker raised.
        SessionError: workers died again and again, or do not have the same weights.
    """
    threads = max(_cores() // workers, 1)
    job = Job(configuration=configuration, features=folder.path, output=output, device=device, threads=threads)
    with tempfile.TemporaryDirectory(prefix="hepnb-gang-") as name:
        path = Path(name) / "job.json"
        job.save(path)
        left = ATTEMPTS
        while left:
            attempt = _Attempt(workers, progress)
            if attempt.run(path, free_addresses(workers)):
                return
            progress.step(f"A worker ended ({attempt.reason}); all begin again from the last checkpoint")
            left = ATTEMPTS if attempt.epochs else left - 1
    raise SessionError(
        f"The workers died {ATTEMPTS} times without finishing an epoch, the last time with: {attempt.reason}. "
        "What is done is kept; train with fewer --workers, and with --resume."
    )


def free_addresses(workers: int) -> list[str]:
    """Addresses on this machine that nobody listens on."""
    # Not among those that the system lends to outgoing connections: it would take one before its worker listens.
    ports: set[int] = set()
    while len(ports) < workers:
        ports.add(free_port())
    return [f"127.0.0.1:{port}" for port in ports]


class _Attempt:
    """One life of a gang."""

    def __init__(self, workers: int, progress: Progress) -> None:
        self._workers, self._progress = workers, progress
        self._digests: dict[int, dict[int, str]] = {}
        self.epochs = 0
        self.reason = ""

    def run(self, job: Path, addresses: Sequence[str]) -> bool:
        """Start all, and wait: until all have finished, or one has died before."""
        said: queue.Queue[tuple[int, Message | None]] = queue.Queue()
        with ExitStack() as stack:
            processes = [stack.enter_context(_worker(number, job, addresses, said)) for number in range(self._workers)]
            running = set(range(self._workers))
            while running:
                number, message = said.get()
                if message is None and number in running:
                    processes[number].wait()
                    self.reason = (
                        _killed(processes) or self.reason or _last_words(job.with_name(f"worker-{number}.log"))
                    )
                    return False
                if message is not None and "finished" in message:
                    running.discard(number)
                elif message is not None:
                    self._heed(number, message)
        return True

    def _heed(self, number: int, message: Message) -> None:
        if "error" in message:
            kind = getattr(errors, message["class"], None)
            if kind is None:
                self.reason = message["error"]
                return
            raise kind(message["error"])
        if "step" in message and number == 0:
            self._progress.step(message["step"])
        if "tasks" in message and number == 0:
            self._progress.tasks(*message["tasks"])
        if "epoch" in message:
            self._compare(number, message["epoch"], message["digest"])

    def _compare(self, number: int, epoch: int, digest: str) -> None:
        digests = self._digests.setdefault(epoch, {})
        digests[number] = digest
        self.epochs += number == 0
        if len(set(digests.values())) > 1:
            raise SessionError(
                f"After epoch {epoch} the workers do not have the same weights: train with --workers 1, and report it."
            )


@contextmanager
def _worker(
    number: int, job: Path, addresses: Sequence[str], said: "queue.Queue[tuple[int, Message | None]]"
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, and with this process, however that ends: it watches its standard input."""
    command = [sys.executable, "-m", "hepnb.classifiers.worker", str(number), ",".join(addresses), str(job), "--watch"]
    with job.with_name(f"worker-{number}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches this process, which ends them
        )
    listener = threading.Thread(target=_listen, args=(number, process, said), daemon=True)
    try:
        listener.start()
        yield process
    finally:
        process.kill()
        process.wait()


def _listen(number: int, process: "subprocess.Popen[bytes]", said: "queue.Queue[tuple[int, Message | None]]") -> None:
    for line in process.stdout or ():
        if line.startswith(b"{"):
            said.put((number, json.loads(line)))
    said.put((number, None))


def _killed(processes: Sequence["subprocess.Popen[bytes]"]) -> str:
    """What the others say is only that this one is gone."""
    signals = [-code for code in (process.poll() for process in processes) if code is not None and code < 0]
    return f"it was killed by signal {signals[0]}" if signals else ""


def _last_words(log: Path) -> str:
    lines = log.read_bytes()[-_TAIL:].decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
