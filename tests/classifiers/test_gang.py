"""Do several workers train one network, whatever happens to one of them?"""

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from hepnb.classifiers import gang, run_folder
from hepnb.classifiers.gang import Job, free_addresses
from hepnb.classifiers.run_folder import Configuration, digest_of
from hepnb.classifiers.training import training_in
from hepnb.errors import MissingInputError, SessionError
from hepnb.features.folder import FeatureFolder
from hepnb.runners.runner import Silent
from tests.cli.running import COMMAND
from tests.waiting import until

PATIENCE = 60  # [s]


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    found = process.children(recursive=True)
    return [one for one in found if one.is_running() and "hepnb.classifiers.worker" in one.cmdline()]


def configuration(features: FeatureFolder, *, epochs: int) -> Configuration:
    return Configuration(
        classifier="pfn", features=digest_of(features), epochs=epochs, batch_size=20, learning_rate=1e-3, seed=1
    )


class Murderous:
    """Kills a worker at a random moment of the second epoch."""

    def __init__(self) -> None:
        """Choose the moment."""
        self.steps: list[str] = []
        self.left = random.randrange(1, 15)  # noqa: S311  # any moment will do

    def step(self, description: str) -> None:
        """A new step begins."""
        self.steps.append(description)

    def tasks(self, done: int, total: int) -> None:  # noqa: ARG002  # the protocol's
        """Some of the step is done."""
        if "Epoch 2" in self.steps[-1]:
            self.left -= 1
            if self.left == 0:
                random.choice(workers_of(psutil.Process())).kill()  # noqa: S311  # any of them


def test_a_gang_that_loses_a_worker_finishes_with_all_its_epochs(features, tmp_path):
    wanted = configuration(features, epochs=3)
    run_folder.begin(tmp_path / "run", wanted, features, resume=False)
    watcher = Murderous()
    gang.fit(wanted, features, tmp_path / "run", workers=2, device="cpu", progress=watcher)
    (died,) = (
        place for place, step in enumerate(watcher.steps) if "A worker ended (it was killed by signal 9)" in step
    )
    before, after = (
        [int(step.split()[1]) for step in steps] for steps in (watcher.steps[:died], watcher.steps[died + 1 :])
    )
    # The second epoch may be over when the kill arrives.
    assert before in ([1, 2], [1, 2, 3])
    assert after in ([2, 3], [3])
    assert after[0] >= before[-1]
    result = training_in(tmp_path / "run")
    assert result.epochs == 3
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [epoch["number"] for epoch in history] == [1, 2, 3]
    assert workers_of(psutil.Process()) == []


def test_workers_with_different_weights_are_told():
    attempt = gang._Attempt(2, Silent())
    attempt._heed(0, {"epoch": 1, "digest": "a"})
    with pytest.raises(SessionError, match="After epoch 1 the workers do not have the same weights"):
        attempt._heed(1, {"epoch": 1, "digest": "b"})


def test_a_gang_that_dies_again_and_again_is_given_up(features, tmp_path, monkeypatch):
    monkeypatch.setattr(gang.sys, "executable", "false")
    with pytest.raises(SessionError, match=r"died 3 times without finishing an epoch.*it said nothing"):
        gang.fit(configuration(features, epochs=1), features, tmp_path, workers=2, device="cpu", progress=Silent())


def test_what_a_worker_finds_wrong_is_told_at_once(features, tmp_path):
    gone = replace(features, path=tmp_path / "gone")
    with pytest.raises(MissingInputError, match="is no folder of features"):
        gang.fit(configuration(features, epochs=1), gone, tmp_path, workers=2, device="cpu", progress=Silent())


def test_a_job_travels_as_it_is(features, tmp_path):
    wanted = configuration(features, epochs=2)
    job = Job(configuration=wanted, features=features.path, output=tmp_path / "run", device="cpu", threads=1)
    job.save(tmp_path / "job.json")
    assert Job.load(tmp_path / "job.json") == job


def test_workers_get_addresses_of_their_own():
    addresses = free_addresses(5)
    assert len(set(addresses)) == 5
    assert all(address.startswith("127.0.0.1:") for address in addresses)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_survives_its_launcher(number, features, tmp_path: Path):
    arguments = ["train", "pfn", "--features", features.path, "--output", tmp_path / "run", "--workers", "2"]
    command = [*COMMAND, *map(str, arguments), "--batch-size", "20"]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    launcher = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=alone)
    try:
        until(lambda: len(workers_of(psutil.Process(launcher.pid))) == 2, within=PATIENCE, what="two workers")
        workers = workers_of(psutil.Process(launcher.pid))
        # One of their threads watches the launcher; numpy makes none here.
        until(lambda: all(one.num_threads() > 1 for one in workers), within=PATIENCE, what="workers that watch")
        launcher.send_signal(number)
        _, said = launcher.communicate(timeout=PATIENCE)
        until(lambda: not any(worker.is_running() for worker in workers), within=PATIENCE, what="end of the workers")
    finally:
        launcher.kill()
    if number == signal.SIGINT:
        assert launcher.returncode == 130
        assert "Traceback" not in said
        assert not (tmp_path / "run").exists()


FINISHES = """
import sys
from hepnb.classifiers import worker
worker.work = lambda *_: None
worker.Job.load = lambda _: None
worker.main(["0", "127.0.0.1:1,127.0.0.1:2", "job.json", "--watch"])
"""


def test_a_worker_that_has_finished_stays_until_its_launcher_lets_it_go():
    # The others read from it what the last step added up; with its end they would lose it, and all begin again.
    process = subprocess.Popen([sys.executable, "-c", FINISHES], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == {"finished": True}
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE) == 1


def test_a_worker_watches_its_standard_input():
    code = "import threading, time; from hepnb.classifiers import worker; worker._end_with_input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, env=dict(os.environ))
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
