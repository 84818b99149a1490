"""What must each key of ``deployment.json`` be?"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from hepnb.cluster.kubernetes import MAX_PREFIX
from hepnb.errors import InputError, nearest

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z][a-z0-9-]*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZE: Final = re.compile(r"([1-9][0-9]*)([mgt]|[MGT]i)")
_UNITS: Final = {"m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_ACCESS: Final = ("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany")
_PULL: Final = ("Always", "IfNotPresent", "Never")
_LAST_PORT: Final = (1 << 16) - 1


@dataclass(frozen=True)
class _Key:
    """What a key must be."""

    wanted: str
    fits: Callable[[Any], bool]
    optional: bool = field(default=False, kw_only=True)


def checked(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The values by their keys, those of sections with a dot; each of them is what it must be.

    Args:
        content: of the file.
        path: of the file.

    Raises:
        InputError: a key is missing, unknown or of a wrong value.
    """
    found = dict(_flat(content, path))
    for name in found:
        if name not in _KEYS:
            raise InputError(f"{path} has the key '{name}', which nothing reads; {nearest(name, _KEYS)}.")
    for name, key in _KEYS.items():
        if name not in found and not key.optional:
            raise InputError(f"{path} lacks the key '{name}'; it must be {key.wanted}.")
        if name in found and not key.fits(found[name]):
            raise InputError(f"{path}: '{name}' is {json.dumps(found[name])}; it must be {key.wanted}.")
    return found


def _flat(content: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if name not in _SECTIONS:
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        else:
            raise InputError(f"{path}: '{name}' is {json.dumps(value)}; it must be an object.")


def size(text: str) -> int:
    """How much a size is that was checked [B]."""
    match = _SIZE.fullmatch(text)
    assert match is not None  # noqa: S101  # it was checked
    return int(match[1]) * _UNITS[match[2][0].lower()]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+/?", value) is not None


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and _LABEL.fullmatch(value) is not None


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_egress(value: Any) -> bool:
    return isinstance(value, list) and all(_is_rule(rule) for rule in value)


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, dict) or not {"cidr"} <= rule.keys() <= {"cidr", "except", "ports"}:
        return False
    excluded, ports = rule.get("except", []), rule.get("ports", [])
    if not isinstance(excluded, list) or not isinstance(ports, list):
        return False
    try:
        block = ip_network(rule["cidr"])
        inside = all(ip_network(one).subnet_of(block) for one in excluded)  # type: ignore[arg-type]  # a TypeError says no
    except (ValueError, TypeError):
        return False
    return inside and all(_is_whole(port, 1) and port <= _LAST_PORT for port in ports)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _whole(least: int) -> _Key:
    return _Key(f"a whole number of at least {least}", lambda value: _is_whole(value, least))


def _one_of(*values: str) -> _Key:
    return _Key("one of " + ", ".join(values), lambda value: value in values)


_TEXT: Final = _Key("a text", _is_text)
_NAME: Final = _Key("a name of a-z, 0-9 and hyphens", _is_label)
_ADDRESS: Final = _Key("an address such as http://hub.hepnb.svc:8081", _is_address)
_BYTES: Final = _Key(
    'a size such as "512m", "32g" or "10Gi"', lambda value: isinstance(value, str) and bool(_SIZE.fullmatch(value))
)
_BOOL: Final = _Key("true or false", lambda value: isinstance(value, bool))
_TEXTS: Final = _Key("a list of texts", _is_texts)
_TABLE: Final = _Key("an object of texts", _is_table)

_KEYS: Final[Mapping[str, _Key]] = {
    "release": _NAME,
    "namespace": _NAME,
    "prefix": _Key(
        f"at most {MAX_PREFIX} of a-z, 0-9 and hyphens, beginning with a letter",
        lambda value: isinstance(value, str) and _PREFIX.fullmatch(value) is not None and len(value) <= MAX_PREFIX,
    ),
    "hubAddress": _ADDRESS,
    "proxyApi": _ADDRESS,
    "publicAddress": _Key(
        "an address such as https://hepnb.example.org", lambda value: not value or _is_address(value), optional=True
    ),
    "images.notebook": _TEXT,
    "images.executor": _TEXT,
    "pullPolicy": _one_of(*_PULL),
    "pullSecrets": _TEXTS,
    "quota.cores": _Key("a number above 0", _is_positive),
    "quota.memory": _BYTES,
    "quota.gpus": _whole(0),
    "quota.storage": _BYTES,
    "quota.volumeClaims": _whole(1),
    "quota.disk": _BYTES,
    "quota.pods": _whole(1),
    "home.size": _BYTES,
    "home.storageClass": _Key("a text", lambda value: not value or _is_text(value), optional=True),
    "home.accessMode": _one_of(*_ACCESS),
    "home.onExecutors": _BOOL,
    "cpuFraction": _Key("a number above 0 and at most 1", lambda value: _is_positive(value) and value <= 1),
    "nodeSelector": _TABLE,
    "tolerations": _Key(
        "a list of objects", lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value)
    ),
    "priorityClassName": _TEXT,
    "runtimeClassName": _Key("a text", lambda value: not value or _is_text(value), optional=True),
    "environment": _Key(
        "an object of texts, whose keys are names of variables",
        lambda value: _is_table(value) and all(_VARIABLE.fullmatch(name) for name in value),
    ),
    "environmentSecret": _Key("the name of a Secret, or empty", lambda value: value == "" or _is_label(value)),
    "certificates": _Key("a text of certificates in PEM, or empty", lambda value: isinstance(value, str)),
    "egress": _Key(
        'a list of {"cidr": …, "except": […], "ports": […]}, with blocks of addresses such as 192.0.2.0/24', _is_egress
    ),
    "idleTimeout": _whole(1),
    "startTimeout": _whole(1),
    "userHosts": _BOOL,
    "sharedPassword": _BOOL,
    "adminUsers": _TEXTS,
}
_SECTIONS: Final = tuple(dict.fromkeys(key.partition(".")[0] for key in _KEYS if "." in key))
