"""What may be asked of the service, and is a request well formed?"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hepnb.cluster.names import SESSION_PROFILE
from hepnb.cluster.profiles import Profile, default_profile, load_profiles
from hepnb.errors import InputError, MissingNameError, nearest

LARGEST: Final = 8 << 20  # [B] of a request's body

_KINDS: Final = ("pyspark", "python", "python3", "shared")
_STATEMENT_KINDS: Final = ("pyspark", "python", "python3", "sql")
_ALIASES: Final = {"python": "pyspark", "python3": "pyspark"}
_OTHERS: Final = ("spark", "sparkr")
_MEMORY: Final = re.compile(r"[0-9]+[mgMG]")
_DURATION: Final = re.compile(r"([0-9]+)(ms|s|m|min|h|d)?")
_SECONDS: Final = {"ms": 0.001, "s": 1, None: 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_LISTS: Final = {
    "jars": "spark.jars",
    "pyFiles": "spark.submit.pyFiles",
    "files": "spark.files",
    "archives": "spark.archives",
}
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, kw_only=True)
class SessionWish:
    """A request for a session, in the words of the protocol (https://livy.apache.org/docs/latest/rest-api.html).

    Attributes:
        fields: as they were sent, those that were not sent with the protocol's own values.
        profile: name of the size.
        named: whether the request itself names it.
        options: Spark property -> value, over those of the profile.
        idle_timeout: after which it ends if nobody uses it [s]; none for the service's own.
        ttl: after which it ends in any case [s]; none for never.
        heartbeat: within which somebody must ask for it [s]; 0 for never.
    """

    fields: Mapping[str, Any]
    profile: str
    named: bool
    options: Mapping[str, str]
    idle_timeout: float | None = None
    ttl: float | None = None
    heartbeat: int = 0

    @property
    def name(self) -> str | None:
        """By which it can be asked for."""
        name: str | None = self.fields["name"]
        return name

    def fits(self, profile: str, options: Mapping[str, str]) -> bool:
        """Whether a session with these is what was asked for; what was not said may be anything."""
        return (not self.named or self.profile == profile) and (not self.options or self.options == options)

    def memory_of(self, profile: Profile, cores: int) -> int:
        """What it may take [B], on a machine of so many cores."""
        asked = self.fields["driverMemory"]
        heap = 0 if asked is None else int(asked[:-1]) << (30 if asked[-1] in "gG" else 20)
        return profile.memory_of(cores) + max(heap - profile.heap, 0)


@dataclass(frozen=True, kw_only=True)
class StatementWish:
    """A request to run code.

    Attributes:
        code: of the statement.
        kind: language of it.
    """

    code: str
    kind: str = field(default="pyspark")


@dataclass(frozen=True, kw_only=True)
class CompletionWish:
    """A request for what could stand at a place.

    Attributes:
        code: around it.
        kind: language of the code.
        cursor: the place, counted in characters.
    """

    code: str
    kind: str
    cursor: int


def body_of(raw: bytes) -> dict[str, Any]:
    """The object in a request's body.

    Raises:
        InputError: it is too long, no JSON, or no object.
    """
    if len(raw) > LARGEST:
        raise InputError(f"The body has {len(raw)} bytes; send at most {LARGEST}.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"The body is no JSON: {reason}.") from error
    if not isinstance(body, dict):
        raise InputError(f"The body is a JSON {_json_type(body)}; send an object.")
    return body


def session_wish(body: Mapping[str, Any], *, owner: str, profile: str | None = None) -> SessionWish:
    """What a request for a session asks for.

    Args:
        body: of the request.
        owner: who asks.
        profile: of the notebook server that asks, where it says so.

    Raises:
        InputError: it makes no sense.
        MissingNameError: there is no such profile.
    """
    _known(body, _FIELDS, "a session")
    fields = {key: check(key, body.get(key)) for key, check in _FIELDS.items()}
    if fields["proxyUser"] not in (None, owner):
        raise InputError(f"A session runs as its owner, {owner}; leave proxyUser out.")
    _check_name(fields["name"])
    options = dict(fields["conf"])
    # The service says where Spark runs, as Livy does.
    options.pop("spark.master", None)
    named = options.pop(SESSION_PROFILE, None)
    chosen = named or profile or default_profile()
    profiles = load_profiles()
    if chosen not in profiles:
        raise MissingNameError(f"There is no profile '{chosen}'; {nearest(chosen, profiles)}.")
    if fields["driverMemory"] is not None:
        options["spark.driver.memory"] = fields["driverMemory"].lower()
    for key, name in _LISTS.items():
        if fields[key]:
            options[name] = ",".join(filter(None, [options.get(name), *fields[key]]))
    return SessionWish(
        fields=fields,
        profile=chosen,
        named=named is not None,
        options=options,
        idle_timeout=_seconds(fields["idleTimeout"]),
        ttl=_seconds(fields["ttl"]),
        heartbeat=fields["heartbeatTimeoutInSecond"],
    )


def statement_wish(body: Mapping[str, Any]) -> StatementWish:
    """What a request to run code asks for.

    Raises:
        InputError: it makes no sense.
    """
    _known(body, ("code", "kind", "msg_type"), "a statement")
    return StatementWish(code=_code(body), kind=_kind_of(body, _STATEMENT_KINDS) or "pyspark")


def completion_wish(body: Mapping[str, Any]) -> CompletionWish:
    """What a request for completions asks for.

    Raises:
        InputError: it makes no sense.
    """
    _known(body, ("code", "kind", "cursor"), "a completion")
    code = _code(body)
    cursor = len(code) if body.get("cursor") is None else _count("cursor", body["cursor"])
    return CompletionWish(code=code, kind=_kind_of(body, _STATEMENT_KINDS) or "pyspark", cursor=min(cursor, len(code)))


def number_of(text: str) -> int:
    """A number in an address or a query.

    Raises:
        InputError: it is none.
    """
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InputError(f'For input string: "{text}"; send a whole number.')
    return int(text)


def _string(key: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"The field '{key}' is a JSON {_json_type(value)}; send a string.")
    return value


def _code(body: Mapping[str, Any]) -> str:
    code = body.get("code")
    if not isinstance(code, str):
        raise InputError(f"The field 'code' is a JSON {_json_type(code)}; send the code as a string.")
    return code


def _kind_of(body: Mapping[str, Any], kinds: Sequence[str]) -> str | None:
    kind = _string("kind", body.get("kind"))
    if kind in _OTHERS:
        raise InputError(f"Invalid kind: {kind}; these sessions run Python, ask for 'pyspark'.")
    if kind is not None and kind not in kinds:
        raise InputError(f"Invalid kind: this service has no '{kind[:50]}'; {nearest(kind[:50], kinds)}.")
    return _ALIASES.get(kind or "", kind)


def _session_kind(key: str, value: Any) -> str:
    return _kind_of({key: value}, _KINDS) or "shared"


def _memory(key: str, value: Any) -> str | None:
    text = _string(key, value)
    if text is not None and not _MEMORY.fullmatch(text):
        raise InputError(f"The field '{key}' is '{text}'; write a size such as 512m or 2g.")
    return text


def _count(key: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise InputError(f"The field '{key}' is {json.dumps(value)[:50]}; send a whole number.")
    return value


def _strings(key: str, value: Any) -> list[str]:
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise InputError(f"The field '{key}' must be a list of strings.")
    return value or []


def _properties(key: str, value: Any) -> dict[str, str]:
    if value is not None and not isinstance(value, dict):
        raise InputError(f"The field '{key}' is a JSON {_json_type(value)}; send an object of Spark properties.")
    for name, setting in (value or {}).items():
        if not name.startswith("spark."):
            raise InputError(f"'{name}' in the field '{key}' is no Spark property; their names begin with 'spark.'.")
        if isinstance(setting, dict | list) or setting is None:
            raise InputError(f"'{name}' in the field '{key}' is a JSON {_json_type(setting)}; send a string.")
    return {
        name: str(setting).lower() if isinstance(setting, bool) else str(setting)
        for name, setting in (value or {}).items()
    }


def _duration(key: str, value: Any) -> str | None:
    text = _string(key, value)
    if text is not None and not _DURATION.fullmatch(text):
        raise InputError(f"Rejected, Reason: Invalid time string: {text}; write one such as 30m or 2h.")
    return text


_FIELDS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    name: check
    for check, names in (
        (_session_kind, ("kind",)),
        (_string, ("name", "proxyUser", "queue")),
        (_memory, ("driverMemory", "executorMemory")),
        (_count, ("driverCores", "executorCores", "numExecutors", "heartbeatTimeoutInSecond")),
        (_strings, ("jars", "pyFiles", "files", "archives")),
        (_properties, ("conf",)),
        (_duration, ("ttl", "idleTimeout")),
    )
    for name in names
}


def _known(body: Mapping[str, Any], fields: Any, what: str) -> None:
    for key in body:
        if key not in fields:
            known = nearest(key[:50], fields, limit=20)
            raise InputError(f'Unrecognized field "{key[:50]}": {what} has none of that name; {known}.')


def _check_name(name: str | None) -> None:
    if name is not None and (not name.strip() or name.isdigit() or len(name) > _LONGEST_NAME):
        raise InputError(
            f"Rejected, Reason: Invalid session name: {name[:50]}; take 1 to {_LONGEST_NAME} characters, and not only "
            "digits."
        )


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    assert found is not None  # noqa: S101  # it was checked
    return int(found[1]) * _SECONDS[found[2]]


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
