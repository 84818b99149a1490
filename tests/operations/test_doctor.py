"""Is everything found that keeps the platform from running, each made to fail for once."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from hepnb.cluster.site import DataFolder, Settings
from hepnb.operations.data_folder import locked, open_folder
from hepnb.operations.doctor import data, network, packages, room, spark
from hepnb.operations.doctor.findings import Finding
from tests.operations.databases import spoil, with_database

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0
needs_root = pytest.mark.skipif(
    not LINUX_ROOT or shutil.which("unshare") is None, reason="needs root for a machine that is set up wrongly"
)
ASK = "import json, sys; from dataclasses import asdict; {imports}; print(json.dumps(asdict({question})))"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Data of a platform."""
    return open_folder(tmp_path / "data")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port where somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def environment(**changes: str) -> Mapping[str, str]:
    return {**os.environ, **changes}


def outcome(finding: Finding) -> tuple[str, str, str]:
    return finding.state, finding.found, finding.fix


def elsewhere(setup: str, imports: str, question: str, *, options: str = "--mount") -> Finding:
    """Ask on a machine that was set up by a shell's commands; this one stays as it is."""
    ask = ASK.format(imports=imports, question=question)
    command = ["unshare", options, "sh", "-ec", f'{setup}; exec "$0" -c "$1"', sys.executable, ask]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    return Finding(**json.loads(answer.stdout))


def package(folder: Path, name: str, content: str) -> Mapping[str, str]:
    """An environment in which a module hides an installed one."""
    path = folder / "hiding" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return environment(PYTHONPATH=f"{folder / 'hiding'}:{os.environ.get('PYTHONPATH', '')}")


# Spark


def test_java_and_the_launcher_and_the_workers_are_well_here():
    assert spark.java(environment()).state == "ok"
    assert outcome(spark.launcher(environment())) == ("ok", f"Spark {version('pyspark')}, its launcher starts", "")
    workers = spark.workers(environment(), python=sys.executable)
    assert workers.state == "ok"
    assert workers.found.endswith("with hepnb, numpy, pyarrow, pyspark")


def test_no_java_is_found(tmp_path: Path):
    assert outcome(spark.java({"PATH": str(tmp_path)})) == (
        "failure",
        "Spark needs Java 17 or newer, but there is no java command here",
        "Install one with: sudo apt install openjdk-17-jre-headless",
    )


def test_a_wrong_java_home_is_found(tmp_path: Path):
    finding = spark.java(environment(JAVA_HOME=str(tmp_path)))
    assert outcome(finding) == (
        "failure",
        f"JAVA_HOME points to {tmp_path}, which has no bin/java",
        "Unset JAVA_HOME or set it to a Java 17 or newer",
    )


def test_a_java_that_cannot_start_spark_is_found():
    finding = spark.launcher(environment(JAVA_TOOL_OPTIONS="-XX:+NoSuchFlag"))
    assert finding.state == "failure"
    assert "spark-submit does not tell its version: " in finding.found


def test_a_wrong_spark_home_is_found(tmp_path: Path):
    finding = spark.launcher(environment(SPARK_HOME=str(tmp_path)))
    expected = f"{tmp_path}/bin/spark-submit does not start: No such file or directory"
    assert outcome(finding) == ("failure", expected, "unset SPARK_HOME")


def test_another_spark_than_the_drivers_is_found(tmp_path: Path):
    command = tmp_path / "bin" / "spark-submit"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\necho 'Welcome to Spark version 3.5.6'\n")
    command.chmod(0o755)
    finding = spark.launcher(environment(SPARK_HOME=str(tmp_path)))
    assert outcome(finding) == (
        "failure",
        f"{tmp_path} is Spark 3.5.6, but PySpark is {version('pyspark')}",
        "unset SPARK_HOME",
    )


@needs_root
def test_a_machine_that_does_not_know_itself_is_no_obstacle():
    question = "spark.launcher(os.environ)"
    imports = "import os; from hepnb.operations.doctor import spark"
    finding = elsewhere("hostname nowhere.invalid", imports, question, options="--uts")
    assert (finding.state, finding.found) == ("ok", f"Spark {version('pyspark')}, its launcher starts")


def test_a_python_of_workers_without_packages_is_found(tmp_path: Path):
    hidden = package(tmp_path, "pyarrow.py", "raise ImportError('libarrow.so: cannot open shared object file')")
    finding = spark.workers(hidden, python=sys.executable)
    assert finding.state == "failure"
    assert finding.found.endswith(
        "does not import what it needs: ImportError: libarrow.so: cannot open shared object file"
    )
    assert finding.fix == f"{sys.executable} -m pip install 'hepnb[hub]'"


def test_a_missing_python_of_workers_is_found():
    finding = spark.workers(environment(), python="/nonexistent/python")
    assert finding.found == "/nonexistent/python does not start: No such file or directory"


# The network


def test_a_free_port_is_well(folder: DataFolder):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert outcome(network.port(folder, "127.0.0.1", free)) == ("ok", "free on 127.0.0.1", "")


def test_a_taken_port_is_found_with_the_process_and_a_free_one(folder: DataFolder, taken: int):
    finding = network.port(folder, "127.0.0.1", taken)
    assert finding.state == "failure"
    assert finding.found.startswith(f"taken on 127.0.0.1 by process {os.getpid()} (")
    command, _, free = finding.fix.rpartition(" ")
    assert command == "hepnb up --port"
    assert network.port(folder, "127.0.0.1", int(free)).state == "ok"


def test_the_platforms_own_port_is_well(folder: DataFolder, taken: int):
    settings = Settings(
        host="127.0.0.1", port=taken, hub_port=1, proxy_port=2, sessions_port=3, config=None, version="1"
    )
    settings.save(folder)
    assert network.port(folder, "127.0.0.1", taken).state == "failure"
    with locked(folder, address=settings.address):
        finding = network.port(folder, "127.0.0.1", taken)
    assert outcome(finding) == ("ok", f"in use by the platform that runs on {folder.path}", "")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("no.such.host.invalid", "the address no.such.host.invalid is not known"),
        ("192.0.2.77", "cannot be listened on"),
    ],
)
def test_an_address_of_another_machine_is_found(folder: DataFolder, host: str, expected: str):
    finding = network.port(folder, host, 8000)
    assert finding.state == "failure"
    assert expected in finding.found
    assert finding.fix == "Give --host an address of this machine, such as 127.0.0.1."


@needs_root
def test_a_port_for_root_alone_is_found(folder: DataFolder):
    ask = (
        "import sys; from pathlib import Path; from hepnb.cluster.site import DataFolder; "
        "from hepnb.operations.doctor.network import port; "
        "print(port(DataFolder(Path(sys.argv[1])), '127.0.0.1', 81))"
    )
    unable = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"]
    command = [*unable, sys.executable, "-c", ask, str(folder.path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ports below 1024 are for root alone" in result.stdout
    assert "hepnb up --port 8" in result.stdout


def test_loopback_is_well_here():
    assert network.loopback().state == "ok"


@needs_root
@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("198.51.100.7 localhost", "'localhost' is 198.51.100.7, which is not this machine"),
        ("", "'localhost' is not known"),
    ],
)
def test_a_strange_localhost_is_found(tmp_path: Path, hosts: str, expected: str):
    (tmp_path / "hosts").write_text(f"{hosts}\n")
    (tmp_path / "nsswitch").write_text("hosts: files\n")
    setup = "; ".join(f"mount --bind {tmp_path / one} /etc/{one}" for one in ("hosts",))
    setup += f"; mount --bind {tmp_path / 'nsswitch'} /etc/nsswitch.conf"
    finding = elsewhere(setup, "from hepnb.operations.doctor import network", "network.loopback()")
    assert finding.state == "failure"
    assert finding.found.startswith(expected)
    assert finding.fix == "Write the line '127.0.0.1 localhost' into /etc/hosts."


def test_the_proxy_starts_here_and_is_gone_afterwards():
    import psutil

    assert outcome(network.proxy(environment())) == ("ok", "it starts", "")
    assert not [child for child in psutil.Process().children() if "configurable-http-proxy" in str(child.cmdline())]


def test_a_missing_proxy_is_found(tmp_path: Path):
    hidden = package(tmp_path, "hepnb_hub/__init__.py", "")
    hidden = package(tmp_path, "hepnb_hub/proxy.py", "raise SystemExit('there is no proxy here.')")
    finding = network.proxy(hidden)
    assert outcome(finding)[:2] == ("failure", "it does not start: there is no proxy here.")
    assert finding.fix == f"{sys.executable} -m hepnb.cluster.proxy_program"


@pytest.mark.parametrize(
    ("variables", "state", "fix"),
    [
        ({}, "ok", ""),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "localhost,127.0.0.1"}, "ok", ""),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "*"}, "ok", ""),
        (
            {"http_proxy": "http://proxy:3128"},
            "warning",
            "export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost",
        ),
        (
            {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost,.cern.ch"},
            "warning",
            "export no_proxy=localhost,.cern.ch,127.0.0.1 NO_PROXY=localhost,.cern.ch,127.0.0.1",
        ),
    ],
)
def test_variables_that_send_the_platform_to_a_proxy_of_the_site_are_found(variables, state: str, fix: str):
    finding = network.proxy_variables(variables)
    assert (finding.state, finding.fix) == (state, fix)


# Packages and kernels


def test_versions_listener_and_kernels_are_well_here():
    assert packages.versions().state == "ok"
    assert outcome(packages.listener(environment())) == ("ok", "listener_spark4_2.13.jar", "")
    assert outcome(packages.kernels(Path(sys.prefix))) == ("ok", "hepnb-spark, python3", "")


def test_an_old_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, wrong in (("jupyterhub", "5.2.1"), ("pyspark", "4.4.0")):
        (tmp_path / f"{name}-{wrong}.dist-info").mkdir()
        (tmp_path / f"{name}-{wrong}.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: {wrong}\n")
    monkeypatch.syspath_prepend(tmp_path)
    finding = packages.versions()
    assert finding.state == "failure"
    assert sorted(finding.found.split(", ")) == ["jupyterhub is 5.2.1", "pyspark is 4.4.0"]
    assert "-m pip install " in finding.fix
    assert "'jupyterhub>=6.1.1'" in finding.fix
    assert "'pyspark<4.4,>=4.3'" in finding.fix


def test_a_missing_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "hepnb-1.dist-info").mkdir()
    metadata = 'Name: hepnb\nVersion: 1\nRequires-Dist: no-such-package>=1.2; extra == "hub"\n'
    (tmp_path / "hepnb-1.dist-info" / "METADATA").write_text(metadata)
    monkeypatch.syspath_prepend(tmp_path)
    finding = packages.versions()
    assert outcome(finding)[:2] == ("failure", "no-such-package is missing")
    assert finding.fix.endswith("-m pip install 'no-such-package>=1.2'")


def test_a_spark_without_a_listener_is_found(tmp_path: Path):
    (tmp_path / "jars").mkdir()
    finding = packages.listener(environment(SPARK_HOME=str(tmp_path)))
    assert finding.found == f"{tmp_path} holds no Spark: there is no jars/spark-core_….jar"
    (tmp_path / "jars" / "spark-core_2.14-5.0.0.jar").touch()
    finding = packages.listener(environment(SPARK_HOME=str(tmp_path)))
    assert outcome(finding)[:2] == ("failure", "it has no listener for Spark 5 with Scala 2.14")


def test_missing_and_damaged_kernels_are_found(tmp_path: Path):
    finding = packages.kernels(tmp_path)
    assert finding.found == f"the kernel hepnb-spark is not installed in {tmp_path}"
    assert finding.fix.endswith("-m pip install --force-reinstall --no-deps hepnb")
    file = tmp_path / "share" / "jupyter" / "kernels" / "hepnb-spark" / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    assert packages.kernels(tmp_path).found.startswith(f"{file} is damaged: ")
    file.write_text('{"argv": ["python"]}')
    assert packages.kernels(tmp_path).found == f"the kernel python3 is not installed in {tmp_path}"


# Disk and memory


def test_disk_and_memory_are_well_here(folder: DataFolder, tmp_path: Path):
    assert room.disk(tmp_path / "not" / "there", "disk", option="--data").state != "failure"
    assert not (tmp_path / "not").exists()
    assert room.memory(folder).state == "ok"


def test_a_file_in_the_place_of_a_folder_is_found(tmp_path: Path):
    (tmp_path / "file").touch()
    finding = room.disk(tmp_path / "file" / "data", "disk", option="--data")
    assert outcome(finding) == (
        "failure",
        f"{tmp_path}/file/data cannot be written: Not a directory",
        "Choose another folder with --data.",
    )


@needs_root
@pytest.mark.parametrize(
    ("options", "state", "expected"),
    [
        ("size=1m", "failure", "less than the 0.5 GB that the platform needs"),
        ("size=1g", "warning", "which many events would fill"),
        ("size=9g,ro", "failure", "cannot be written: Read-only file system"),
    ],
)
def test_a_small_or_read_only_disk_is_found(tmp_path: Path, options: str, state: str, expected: str):
    imports = "from pathlib import Path; from hepnb.operations.doctor import room"
    question = f"room.disk(Path('{tmp_path}/data'), 'disk', option='--data')"
    finding = elsewhere(f"mount -t tmpfs -o {options} tmpfs {tmp_path}", imports, question)
    assert finding.state == state
    assert expected in finding.found
    assert "--data" in finding.fix


def test_too_little_memory_for_the_smallest_profile_is_found(folder: DataFolder):
    folder.profiles.write_text('[huge]\ndescription = "Too much"\ncores = 1\nmemory = "9999g"\n')
    finding = room.memory(folder)
    assert finding.state == "failure"
    assert "; the smallest profile, huge, takes up to 99" in finding.found
    assert finding.fix == f"Write a smaller profile into {folder.profiles}."


# The data


def test_no_data_yet_are_well(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    findings = [data.origin(folder), data.secrets(folder), data.hub_database(folder), data.profiles(folder)]
    assert {finding.state for finding in findings} == {"ok"}
    assert not folder.path.exists()


def test_data_of_a_platform_are_well(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    assert outcome(data.origin(folder)) == ("ok", str(folder.path), "")
    assert outcome(data.secrets(folder)) == ("ok", "nobody else may read them", "")
    assert outcome(data.hub_database(folder)) == ("ok", "whole", "")


def test_a_folder_that_is_not_the_platforms_is_found(tmp_path: Path):
    (tmp_path / "thesis.tex").touch()
    assert outcome(data.origin(DataFolder(tmp_path))) == (
        "failure",
        f"{tmp_path} is no folder of the platform: it holds thesis.tex",
        "Choose an empty or new folder with --data",
    )
    assert data.origin(DataFolder(tmp_path / "thesis.tex")).found == f"{tmp_path}/thesis.tex is a file"


def test_data_of_a_newer_version_and_a_damaged_marker_are_found(folder: DataFolder):
    folder.marker.write_text('{"format": 99, "version": "99.0"}')
    assert "was made by hepnb 99.0" in data.origin(folder).found
    folder.marker.write_text("{")
    assert data.origin(folder).fix == "Restore it from a backup"


def test_secrets_that_others_may_read_are_found_and_the_fix_mends_them(folder: DataFolder):
    folder.cookie_secret.chmod(0o640)
    finding = data.secrets(folder)
    assert outcome(finding)[:2] == ("failure", f"others may read {folder.cookie_secret}: its mode is 0640")
    subprocess.run(["sh", "-c", finding.fix], check=True)
    assert data.secrets(folder).state == "ok"


def test_an_empty_secret_is_found_and_the_fix_mends_it(folder: DataFolder):
    folder.proxy_token.write_text("")
    finding = data.secrets(folder)
    assert finding.found == f"{folder.proxy_token} is empty"
    subprocess.run(["sh", "-c", finding.fix], check=True)
    open_folder(folder.path)
    assert data.secrets(folder).state == "ok"


def test_a_damaged_database_is_found_with_the_command_that_mends_it(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    spoil(folder.database)
    finding = data.hub_database(folder)
    assert finding.state == "failure"
    assert "is damaged" in finding.found
    subprocess.run(["sh", "-c", finding.fix.rpartition(": ")[2]], check=True)
    assert data.hub_database(folder).state == "ok"


def test_broken_profiles_are_found_by_file_line_and_key(folder: DataFolder):
    folder.profiles.write_text('[tiny]\ndescription = "One"\ncores = 0\nmemory = "1g"\n')
    finding = data.profiles(folder)
    assert finding.found.startswith(f"{folder.profiles}, line 3: 'cores' of the profile [tiny] is 0; it must be")
    assert finding.fix == "Mend the file, or remove it to have the usual profiles."
    assert room.memory(folder).state == "warning"
