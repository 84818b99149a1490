"""What runs in the containers, run here."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hepnb.cluster.class_archive import java_options
from hepnb.cluster.kubernetes import CERTIFICATES_FOLDER, CERTIFICATES_KEY
from tests.deploy.programs import program, run
from tests.hub_kubernetes.site import CERTIFICATE

IMAGES = Path(__file__).parents[2] / "deploy" / "images"
LIBRARY = Path(__file__).parents[2] / "lib"

EXECUTOR = {
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@10.88.0.7:7100",
    "SPARK_EXECUTOR_ID": "3",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "700m",
    "SPARK_APPLICATION_ID": "spark-12",
    "SPARK_EXECUTOR_POD_IP": "10.88.0.9",
    "SPARK_RESOURCE_PROFILE_ID": "0",
    "SPARK_EXECUTOR_POD_NAME": "spark-exec-3",
}


# --- executors


@pytest.fixture
def java(tmp_path: Path) -> dict[str, str]:
    """Variables of a container whose Java prints its arguments, one a line."""
    program(tmp_path, "java/bin/java", r"""printf '%s\n' "$@" """)
    return {"PATH": os.environ["PATH"], "JAVA_HOME": str(tmp_path / "java"), "SPARK_HOME": "/opt/spark"}


def test_an_executor_is_told_all_that_spark_put_into_its_variables(java: dict[str, str]):
    result = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=java | EXECUTOR)
    assert result.stdout.splitlines() == [
        "-Xms700m",
        "-Xmx700m",
        "-cp",
        "/opt/spark/conf:/opt/spark/jars/*",
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
        *("--driver-url", "spark://CoarseGrainedScheduler@10.88.0.7:7100"),
        *("--executor-id", "3"),
        *("--cores", "2"),
        *("--app-id", "spark-12"),
        *("--hostname", "10.88.0.9"),
        *("--resourceProfileId", "0"),
        *("--podName", "spark-exec-3"),
    ]
    assert (result.stderr, result.returncode) == ("", 0)


def test_java_options_come_in_the_order_of_their_numbers_and_keep_their_spaces(java: dict[str, str]):
    options = {f"SPARK_JAVA_OPT_{n}": f"-Dn={n} and more" for n in range(12)}
    result = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=java | EXECUTOR | options)
    assert result.stdout.splitlines()[:13] == [*options.values(), "-Xms700m"]


def test_jars_and_settings_of_the_pod_come_first(java: dict[str, str]):
    more = {"SPARK_CLASSPATH": "/more/*", "SPARK_CONF_DIR": "/opt/spark/conf.d"}
    result = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=java | EXECUTOR | more)
    assert "/more/*:/opt/spark/conf.d:/opt/spark/jars/*" in result.stdout.splitlines()


def test_an_archive_of_classes_is_used_and_settings_come_behind_the_jars_that_it_holds(
    java: dict[str, str], tmp_path: Path
):
    archive = tmp_path / "venv" / "share" / "hepnb" / "java" / "spark-12ab-7.jsa"
    archive.parent.mkdir(parents=True)
    archive.write_text("archive")
    jars = tmp_path / "spark" / "jars"
    jars.mkdir(parents=True)
    (jars / "slf4j-api-2.0.17.jar").touch()
    places = {"VIRTUAL_ENV": str(tmp_path / "venv"), "SPARK_HOME": str(jars.parent)}
    more = places | {"SPARK_CLASSPATH": "/more/*", "SPARK_CONF_DIR": "/opt/spark/conf.d"}
    said = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=java | EXECUTOR | more).stdout.splitlines()
    assert said[:4] == [f"-XX:SharedArchiveFile={archive}", *java_options(archive, remote_executors=False).split()[-3:]]
    assert f"/more/*:{jars}/slf4j-api-2.0.17.jar:{jars}/*:/opt/spark/conf.d" in said


@pytest.mark.parametrize("missing", sorted(EXECUTOR))
def test_an_executor_that_lacks_a_variable_says_which(java: dict[str, str], missing: str):
    variables = java | {name: value for name, value in EXECUTOR.items() if name != missing}
    result = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=variables)
    assert (result.stdout, result.returncode) == ("", 64)
    assert result.stderr == (
        f"entrypoint.sh: The variable {missing} is not set; Spark's driver sets it in the pods of executors that "
        "it starts. To run something else in this image, name the program.\n"
    )


def test_the_executor_image_runs_other_programs_too(java: dict[str, str]):
    result = run(IMAGES / "executor" / "entrypoint.sh", "printf", "%s", "a b", variables=java)
    assert (result.stdout, result.returncode) == ("a b", 0)


def test_an_executor_trusts_what_the_site_trusts(java: dict[str, str]):
    told = {"HEPNB_TRUST_STORE": "/t/authorities.jks"}
    said = run(IMAGES / "executor" / "entrypoint.sh", "executor", variables=java | EXECUTOR | told).stdout.splitlines()
    assert said[:2] == ["-Djavax.net.ssl.trustStore=/t/authorities.jks", "-Djavax.net.ssl.trustStoreType=JKS"]


# --- certificates


SHOW = ("sh", "-c", 'echo "${SSL_CERT_FILE-none}|$1"', "sh", "a b")


def trusting(tmp_path: Path, certificates: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "tmp").mkdir()
    # The library is not installed where -I would look for it.
    program(tmp_path, "bin/python", f'shift; PYTHONPATH={LIBRARY} exec {sys.executable} "$@"')
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    variables = {"PATH": path, "TMPDIR": str(tmp_path / "tmp"), "HEPNB_CERTIFICATES": str(certificates)}
    return run(IMAGES / "trusting", *command, variables=variables)


def test_a_program_trusts_the_authorities_of_the_site(tmp_path: Path):
    (tmp_path / "ca.crt").write_text(CERTIFICATE)
    result = trusting(tmp_path, tmp_path / "ca.crt", *SHOW)
    bundle, argument = result.stdout.strip().split("|")
    assert (argument, result.stderr) == ("a b", "")
    assert CERTIFICATE in Path(bundle).read_text()


def test_without_certificates_nothing_changes(tmp_path: Path):
    assert trusting(tmp_path, tmp_path / "none", *SHOW).stdout == "none|a b\n"


def test_certificates_that_are_none_end_the_container_with_a_sentence(tmp_path: Path):
    (tmp_path / "ca.crt").write_text("x")
    result = trusting(tmp_path, tmp_path / "ca.crt", *SHOW)
    assert (result.stdout, result.returncode) == ("", 1)
    assert result.stderr.startswith("The site's certificates cannot be used: ")


def test_certificates_are_looked_for_where_the_hub_mounts_them():
    assert f"{CERTIFICATES_FOLDER}/{CERTIFICATES_KEY}" in (IMAGES / "trusting").read_text()


# --- GPUs


def gpus(folder: Path, listed: str | None = None, **variables: str) -> tuple[dict[str, object], str]:
    """What Spark is told, and what the log says, where `nvidia-smi -L` lists devices, or is absent."""
    folder.mkdir(exist_ok=True)
    for name in ("awk", "sh"):
        program(folder, name, f'exec /usr/bin/{name} "$@"')
    if listed is not None:
        program(folder, "nvidia-smi", f"[ \"$*\" = -L ] && printf '%s' {shlex.quote(listed)}")
    result = run("/bin/sh", IMAGES / "discover-gpus", variables={"PATH": str(folder)} | variables)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), result.stderr


TWO = "GPU 0: NVIDIA H200 (UUID: GPU-3d1b)\nGPU 1: NVIDIA H200 (UUID: GPU-77f0)\n"
PARTS = (
    "GPU 0: NVIDIA A100 (UUID: GPU-3d1b)\n"
    "  MIG 1g.5gb      Device  0: (UUID: MIG-c6d4)\n"
    "  MIG 1g.5gb      Device  1: (UUID: MIG-cba6)\n"
    "GPU 1: NVIDIA A100 (UUID: GPU-77f0)\n"
)


@pytest.mark.parametrize(
    ("listed", "variables", "addresses"),
    [
        (TWO, {}, ["0", "1"]),
        (PARTS, {}, ["MIG-c6d4", "MIG-cba6", "1"]),
        (TWO, {"NVIDIA_VISIBLE_DEVICES": "GPU-77f0"}, ["0", "1"]),  # nvidia-smi sees what the container has
        (None, {"NVIDIA_VISIBLE_DEVICES": "GPU-3d1b,GPU-77f0"}, ["0", "1"]),  # CUDA counts those of the container
        (None, {"NVIDIA_VISIBLE_DEVICES": "4,6"}, ["0", "1"]),
        (None, {"NVIDIA_VISIBLE_DEVICES": "MIG-c6d4,MIG-cba6"}, ["MIG-c6d4", "MIG-cba6"]),
        ("No devices found.\n", {"NVIDIA_VISIBLE_DEVICES": "GPU-3d1b"}, ["0"]),
    ],
)
def test_spark_learns_the_addresses_of_the_gpus(
    tmp_path: Path, listed: str | None, variables: dict[str, str], addresses: list[str]
):
    found, log = gpus(tmp_path / "bin", listed, **variables)
    assert found == {"name": "gpu", "addresses": addresses}
    assert log == ""


@pytest.mark.parametrize("visible", [None, "", "none", "void", "all"])
def test_where_no_gpu_can_be_found_the_log_says_so(tmp_path: Path, visible: str | None):
    found, log = gpus(tmp_path / "bin", **({} if visible is None else {"NVIDIA_VISIBLE_DEVICES": visible}))
    assert found == {"name": "gpu", "addresses": []}
    assert log == (
        "discover-gpus: no GPU is visible here: neither nvidia-smi nor the variable NVIDIA_VISIBLE_DEVICES names one; "
        "ask for nvidia.com/gpu in the limits of the container.\n"
    )


# --- extras


def test_a_flavour_that_is_none_is_refused():
    result = run(IMAGES / "extras", "tpu", "ml", variables={"PATH": os.environ["PATH"]})
    assert (result.returncode, result.stderr) == (1, "extras: FLAVOUR is 'tpu'; there are cpu and gpu.\n")


def test_without_extras_nothing_is_installed():
    result = run(IMAGES / "extras", "cpu", variables={"PATH": os.environ["PATH"]})
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
