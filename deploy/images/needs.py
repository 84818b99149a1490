"""What of pyproject.toml do the packages of an image follow from?

Nothing else goes to where they are installed: a change of a tool's settings must not cost minutes of installing anew.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def needs(settings: Mapping[str, Any]) -> str:
    """A pyproject.toml that has the dependencies alone."""
    project = settings["project"]
    extras = project["optional-dependencies"]
    return "\n".join(
        [
            "[project]",
            f"name = {json.dumps(project['name'])}",
            'version = "0"',
            f"dependencies = {json.dumps(project['dependencies'])}",
            "[project.optional-dependencies]",
            *(f"{name} = {json.dumps(extras[name])}" for name in sorted(extras)),
            "[tool.uv]",
            f"override-dependencies = {json.dumps(settings['tool']['uv']['override-dependencies'])}",
            "",
        ]
    )


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(needs(tomllib.loads(source.read_text())))
