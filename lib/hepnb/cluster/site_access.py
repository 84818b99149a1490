"""By what do notebooks and executors reach the storage of a site?

Its variables, its secret variables and its authorities, which are the same in the pods of both.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hepnb.cluster.kubernetes import CERTIFICATES, CERTIFICATES_FOLDER, ENVIRONMENT_SECRET
from hepnb.errors import InputError

OURS: Final = ("HEPNB_", "JUPYTERHUB_", "PYSPARK_", "SPARK_")
"""How variables begin that the platform sets, or that are for its driver alone."""

ENVIRONMENT: Final[Mapping[str, Any]] = {"secretRef": {"name": ENVIRONMENT_SECRET}}
"""Of a container (``envFrom``): the secret variables. The pod's text has the Secret's name and no value."""

VOLUME: Final[Mapping[str, Any]] = {"name": CERTIFICATES, "configMap": {"name": CERTIFICATES}}
"""Of a pod: the certificates."""

MOUNT: Final[Mapping[str, Any]] = {"name": CERTIFICATES, "mountPath": CERTIFICATES_FOLDER, "readOnly": True}
"""Of a container: where it finds them."""

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CURRENT: Final = "..data"  # where Kubernetes puts the files of a mounted Secret, all at once


def of_executors(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a site that executors get: all but those that the platform itself sets.

    Args:
        environment: variables of the site.
    """
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


def secret_variables(folder: Path, *, name: str) -> dict[str, str]:
    """The secret variables of a site, as they are now: Kubernetes changes the files without a restart.

    Args:
        folder: where the Secret is mounted, a file for each key.
        name: of the Secret, for sentences.

    Raises:
        InputError: there is none, or a key or its value cannot be a variable. No sentence has a value.
    """
    # Looked up once: while the files are exchanged all are of the old Secret, or all of the new one.
    current = (folder / _CURRENT).resolve() if (folder / _CURRENT).exists() else folder
    files = sorted(path for path in current.iterdir() if path.is_file()) if current.is_dir() else []
    if not files:
        raise InputError(
            f"The Secret '{name}', which 'environmentSecret' names, is not there or is empty. Make it in the "
            f"release's namespace with `kubectl create secret generic {name}`, a key for each variable."
        )
    return {path.name: _value(path, name) for path in files}


def _value(path: Path, secret: str) -> str:
    name, where = path.name, f"The Secret '{secret}', which 'environmentSecret' names, has the key '{path.name}'"
    if _VARIABLE.fullmatch(name) is None:
        raise InputError(f"{where}, which is no name of a variable; use letters, digits and underscores.")
    if name.startswith(OURS):
        raise InputError(f"{where}, but the platform itself sets variables that begin with {', '.join(OURS)}; drop it.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        # Not from it: the error holds the value.
        raise InputError(f"{where}, whose value is no text; variables hold text.") from None
    if "\0" in text:
        raise InputError(f"{where}, whose value holds a zero byte; variables hold text.")
    return text.rstrip("\r\n")  # which an editor puts at the end of a file, and which no key of storage has
