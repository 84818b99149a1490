"""Does a notebook server find the Spark of its kernels, and only while it runs."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hepnb.cluster.drivers import Driver, drivers, find_driver, forget_driver, write_driver

DRIVER = Driver(kernel="0d6c-11", address="http://127.0.0.1:4040", token="secret", process=os.getpid())  # noqa: S106  # of nothing


def test_what_a_kernel_says_is_found_by_its_id(tmp_path: Path):
    write_driver(tmp_path / "runtime", DRIVER)
    assert find_driver(tmp_path / "runtime", DRIVER.kernel) == DRIVER
    assert find_driver(tmp_path / "runtime", "another") is None


def test_nobody_else_reads_the_token(tmp_path: Path):
    before = os.umask(0)
    try:
        write_driver(tmp_path / "runtime", DRIVER)
    finally:
        os.umask(before)
    (path,) = (tmp_path / "runtime").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_last_word_of_a_kernel_counts(tmp_path: Path):
    write_driver(tmp_path, DRIVER)
    changed = replace(DRIVER, address="http://127.0.0.1:4041")
    write_driver(tmp_path, changed)
    assert find_driver(tmp_path, DRIVER.kernel) == changed
    assert len(list(tmp_path.iterdir())) == 1


def test_a_spark_that_has_stopped_is_forgotten(tmp_path: Path):
    write_driver(tmp_path, DRIVER)
    forget_driver(tmp_path, DRIVER.kernel)
    forget_driver(tmp_path, DRIVER.kernel)
    assert find_driver(tmp_path, DRIVER.kernel) is None
    assert list(tmp_path.iterdir()) == []


def test_the_spark_of_a_kernel_that_was_killed_is_not_found(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as kernel:
        write_driver(tmp_path, replace(DRIVER, process=kernel.pid))
        assert find_driver(tmp_path, DRIVER.kernel) is not None
        kernel.kill()
        kernel.wait()
        assert find_driver(tmp_path, DRIVER.kernel) is None
        assert list(drivers(tmp_path)) == []


def test_all_that_run_are_listed_and_nothing_else(tmp_path: Path):
    other = replace(DRIVER, kernel="1e7d")
    write_driver(tmp_path, other)
    write_driver(tmp_path, DRIVER)
    (tmp_path / "kernel-0d6c-11.json").write_text("{}")
    (tmp_path / "hepnb-spark-damaged.json").write_text("{")
    assert list(drivers(tmp_path)) == [DRIVER, other]


def test_a_folder_that_is_not_there_has_none(tmp_path: Path):
    assert list(drivers(tmp_path / "missing")) == []
    assert find_driver(tmp_path / "missing", "x") is None
    forget_driver(tmp_path / "missing", "x")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"null",
        b"\xff",
        b"{}",
        b'{"kernel": "x", "unknown": 1}',
        json.dumps({"kernel": "x", "address": "a", "token": "t", "process": "one"}).encode(),
        json.dumps({"kernel": "x", "address": "a", "token": "t", "process": 0}).encode(),
        json.dumps({"kernel": "x", "address": "a", "token": "t", "process": -1}).encode(),
        json.dumps({"kernel": "x", "address": "a", "token": "t", "process": 10**30}).encode(),
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, content: bytes):
    (tmp_path / "hepnb-spark-x.json").write_bytes(content)
    assert find_driver(tmp_path, "x") is None


@pytest.mark.parametrize("kernel", ["", "../x", "/etc/passwd", "x\0", "x" * 300, "*", "\ud800"], ids=ascii)
def test_a_hostile_kernel_id_finds_nothing(tmp_path: Path, kernel: str):
    (tmp_path / "x.json").write_text(json.dumps(DRIVER.__dict__))
    (tmp_path / "runtime").mkdir()
    assert find_driver(tmp_path / "runtime", kernel) is None
