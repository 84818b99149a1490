"""Do the packages and kernels fit together?"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hepnb.cluster.names import SPARK_KERNEL
from hepnb.cluster.spark_home import spark_home
from hepnb.operations.doctor.findings import Finding, failing, well

_REQUIREMENT: Final = re.compile(r"""(?P<name>[\w.-]+)(?P<bounds>[^;\[]*);\s*extra\s*==\s*["']hub["']""")
_BOUND: Final = re.compile(r"(>=|<=|<|>|==)\s*([\d.]+)")
_REINSTALL: Final = f"{sys.executable} -m pip install --force-reinstall --no-deps"


def versions() -> Finding:
    """Is every package of the platform here, in a version that it was made for?"""
    wrong = list(_unfit())
    if wrong:
        install = f"{sys.executable} -m pip install {' '.join(repr(wanted) for wanted, _ in wrong)}"
        return failing("versions", ", ".join(found for _, found in wrong), install)
    main = ("pyspark", "jupyterhub", "jupyterlab", "sparkmonitor")
    return well("versions", ", ".join(f"{name} {version(name)}" for name in main))


def listener(environment: Mapping[str, str]) -> Finding:
    """Has SparkMonitor a listener for this Spark?"""
    home, monitor = spark_home(environment), find_spec("sparkmonitor")
    if home is None or monitor is None or monitor.origin is None:
        return failing("SparkMonitor", "it is not installed", f"{sys.executable} -m pip install 'hepnb[hub]'")
    core = next((home / "jars").glob("spark-core_*.jar"), None)
    match = re.fullmatch(r"spark-core_([\d.]+)-(\d+)\..*\.jar", core.name) if core else None
    if match is None:
        return failing("SparkMonitor", f"{home} holds no Spark: there is no jars/spark-core_….jar", "unset SPARK_HOME")
    jar = Path(monitor.origin).parent / f"listener_spark{match[2]}_{match[1]}.jar"
    if not jar.exists():
        fix = f"{sys.executable} -m pip install --upgrade sparkmonitor"
        return failing("SparkMonitor", f"it has no listener for Spark {match[2]} with Scala {match[1]}", fix)
    return well("SparkMonitor", jar.name)


def kernels(prefix: Path) -> Finding:
    """Are the kernels of the platform installed?

    Args:
        prefix: of the Python environment, ``sys.prefix``.
    """
    fixes = {SPARK_KERNEL: f"{_REINSTALL} hepnb", "python3": f"{_REINSTALL} ipykernel"}
    for name, fix in fixes.items():
        file = prefix / "share" / "jupyter" / "kernels" / name / "kernel.json"
        try:
            if not json.loads(file.read_text(encoding="utf-8"))["argv"]:
                raise ValueError("it has no command")
        except FileNotFoundError:
            return failing("kernels", f"the kernel {name} is not installed in {prefix}", fix)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return failing("kernels", f"{file} is damaged: {error}", fix)
    return well("kernels", ", ".join(fixes))


def _unfit() -> Iterator[tuple[str, str]]:
    """What is missing or of a wrong version: the requirement, and what was found."""
    for requirement in requires("hepnb") or ():
        # Those with a marker of a system or a Python are left to the installer.
        match = _REQUIREMENT.fullmatch(requirement)
        if match is None:
            continue
        wanted = f"{match['name']}{match['bounds'].strip()}"
        try:
            found = version(match["name"])
        except PackageNotFoundError:
            yield wanted, f"{match['name']} is missing"
            continue
        if not all(_holds(found, sign, bound) for sign, bound in _BOUND.findall(match["bounds"])):
            yield wanted, f"{match['name']} is {found}"


def _holds(found: str, sign: str, bound: str) -> bool:
    one, other = _release(found), _release(bound)
    return {">=": one >= other, "<=": one <= other, "<": one < other, ">": one > other, "==": one == other}[sign]


def _release(text: str) -> tuple[int, ...]:
    """The numbers of a version, without trailing zeros: 4.3 is 4.3.0."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in match[0].split(".")] if match else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
