"""What helm makes of the chart."""

import copy
import json
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "hepnb"
SITE = Path(__file__).parent / "site.yaml"
"""Values of a site that has changed everything."""

FULL = ("--values", str(SITE))

ENDPOINTS = ("--set", "apiServer.endpoints={203.0.113.5:6443}")
"""Where the API server is: without a cluster Helm cannot ask for it."""

needs_helm = pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not on PATH")

Objects = dict[tuple[str, str], dict[str, Any]]


def helm(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["helm", command, *arguments], capture_output=True, text=True, check=False, timeout=60)


def printed(*options: str, release: str = "rel", namespace: str = "platform") -> str:
    """What `helm template` prints of values that it takes."""
    known = () if options[:2] == FULL else ENDPOINTS
    result = helm("template", release, str(CHART), "--namespace", namespace, *known, *options)
    assert result.returncode == 0, result.stderr
    return result.stdout


def rendered(*options: str, release: str = "rel", namespace: str = "platform") -> Objects:
    """The objects of a release by kind and name."""
    return copy.deepcopy(_rendered(options, release, namespace))


@lru_cache
def _rendered(options: tuple[str, ...], release: str, namespace: str) -> Objects:
    return objects_of(printed(*options, release=release, namespace=namespace))


def objects_of(text: str) -> Objects:
    """The objects that `helm template` printed."""
    objects = [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one]
    named = {(one["kind"], one["metadata"]["name"]): one for one in objects}
    # The hub's own rights in `default` are the only thing elsewhere.
    assert len(named) == len(objects)
    return named


def refusal(*options: str, known: tuple[str, ...] = ENDPOINTS) -> str:
    """What helm says of values that it refuses."""
    result = helm("template", "rel", str(CHART), "--namespace", "platform", *known, *options)
    assert result.returncode != 0
    return result.stderr


def deployment_json(objects: Objects) -> dict[str, Any]:
    return json.loads(objects["ConfigMap", "hub"]["data"]["deployment.json"])


def pods(objects: Objects) -> dict[str, dict[str, Any]]:
    """What stands in the specifications of pods, by the names of their Deployments."""
    return {name: one["spec"]["template"] for (kind, name), one in objects.items() if kind == "Deployment"}
