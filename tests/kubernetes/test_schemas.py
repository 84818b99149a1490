"""Do the chart's objects fit what the API server publishes of its kinds, with no field that it does not know?"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.charts import FULL, rendered
from tests.kubernetes.cluster import kubectl

# What OpenAPI calls a text may be a number, too.
NUMBERS_AS_WELL = {"type": ["string", "integer", "number"]}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of OpenAPI as one of JSON that knows all its fields."""
    if schema.get("format") == "int-or-string":
        return NUMBERS_AS_WELL
    inner = {key: strict(schema[key]) for key in ("items", "additionalProperties") if key in schema}
    if "properties" in schema:
        fields = {name: strict(one) for name, one in schema["properties"].items()}
        inner |= {"properties": fields, "additionalProperties": False}
    return schema | inner


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a schema of each kind of the chart, under the name that kubeconform looks for."""
    folder = tmp_path_factory.mktemp("schemas")
    published = json.loads(kubectl("get", "--raw", "/openapi/v2"))["definitions"]
    definitions = {name: strict(one) for name, one in published.items()}
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = NUMBERS_AS_WELL
    used = {kind for options in ((), FULL) for kind, _ in rendered(*options)}
    for name, one in published.items():
        for kind in one.get("x-kubernetes-group-version-kind", ()):
            if kind["kind"] in used:
                parts = (kind["kind"].lower(), kind["group"].partition(".")[0], kind["version"])
                schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
                (folder / f"{'-'.join(filter(None, parts))}.json").write_text(json.dumps(schema))
    return folder


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_the_objects_fit_the_schemas_of_kubernetes(options: tuple[str, ...], schemas: Path):
    text = yaml.safe_dump_all(rendered(*options).values())
    where = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    command = ["kubeconform", "-strict", "-schema-location", where, "-output", "json"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout
