"""Which sizes can a user pick?"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from hepnb.cluster.environment import environment
from hepnb.cluster.names import PROFILE, PROFILES_FILE, PROFILES_TOML
from hepnb.errors import InputError, MissingInputError, MissingNameError, nearest

DEFAULT_PROFILE: Final = "local"

_MEMORY: Final = re.compile(r"([0-9]+)([mg])")
_UNITS: Final = {"m": 1 << 20, "g": 1 << 30}
_PER_WORKER: Final = 400 << 20  # [B] what a Python worker of Spark takes at most; docs/performance.md has the figure
_KERNEL: Final = 300 << 20  # [B] a kernel with its libraries
_OVERHEAD: Final = 0.4  # of an executor's heap, for its Python workers; Spark's own default in cluster mode
_LEAST_OVERHEAD: Final = 384 << 20  # [B]
_KEYS: Final = ("description", "cores", "memory")
_POD_KEYS: Final = ("executors", "executor_cores", "executor_memory", "gpus", "executor_gpus", "disk", "executor_disk")
_AT_LEAST: Final = {"executors": 1, "executor_cores": 1, "gpus": 0, "executor_gpus": 0}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One size.

    Attributes:
        name: what the user types.
        description: what the user reads.
        cores: how many cores Spark works on, or ``"all"`` of the machine's.
        memory: heap of the driver, in Spark's notation (``"2g"``).
        executors: how many may run at a time; this and what follows is of pods on Kubernetes alone.
        executor_cores: of each.
        executor_memory: heap of each, in Spark's notation.
        gpus: of the notebook.
        executor_gpus: of each executor.
        disk: what the notebook may write beside its home, on its node, in Spark's notation (``"5g"``).
        executor_disk: what each executor may write, for shuffles and what does not fit into memory.
    """

    name: str
    description: str
    cores: int | Literal["all"]
    memory: str
    executors: int = 2
    executor_cores: int = 1
    executor_memory: str = "1g"
    gpus: int = 0
    executor_gpus: int = 0
    disk: str = "5g"
    executor_disk: str = "10g"

    @property
    def heap(self) -> int:
        """Of the driver [B]."""
        return _bytes(self.memory)

    @property
    def size(self) -> str:
        """For a reader: ``"2 cores, 3 GB"``."""
        return f"{_cores(self.cores)}, {_memory(self.memory)}"

    @property
    def executor_overhead(self) -> int:
        """What an executor's container may take beside its heap [B]."""
        return max(int(_bytes(self.executor_memory) * _OVERHEAD), _LEAST_OVERHEAD)

    @property
    def executor_limit(self) -> int:
        """What an executor's container may take in all [B]."""
        return _bytes(self.executor_memory) + self.executor_overhead

    @property
    def disk_limit(self) -> int:
        """What the notebook may write beside its home [B]."""
        return _bytes(self.disk)

    @property
    def executor_disk_limit(self) -> int:
        """What an executor may write [B]."""
        return _bytes(self.executor_disk)

    @property
    def executor_size(self) -> str:
        """For a reader: ``"up to 4 executors of 1 core, 2 GB"``."""
        gpus = f", {self.executor_gpus} GPU{'s' if self.executor_gpus > 1 else ''}" if self.executor_gpus else ""
        number = f"up to {self.executors} executors" if self.executors > 1 else "1 executor"
        return f"{number} of {_cores(self.executor_cores)}, {_memory(self.executor_memory)}{gpus}"

    def cores_of(self, machine: int) -> int:
        """How many cores Spark works on, where the machine has so many."""
        return machine if self.cores == "all" else self.cores

    def memory_of(self, machine: int) -> int:
        """What a notebook with Spark may take [B], where the machine has so many cores: heap, workers and kernel."""
        return self.heap + self.cores_of(machine) * _PER_WORKER + _KERNEL


def load_profiles(path: Path | None = None) -> dict[str, Profile]:
    """The profiles by name, in the order of their file.

    Args:
        path: of the site's file; by default what the environment names or holds, or the file that comes with the
            library.

    Raises:
        MissingInputError: there is no such file.
        InputError: it is no TOML, or a key of a profile is missing, unknown or of a wrong value.
    """
    text, where = _source(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is no TOML: {error}. Mend it, or remove it to have the usual profiles.") from error
    if not content:
        raise InputError(f"{where} has no profile; write at least one, or remove the file to have the usual ones.")
    return {name: _profile(name, fields, text, where) for name, fields in content.items()}


def find_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        MissingNameError: there is none of that name.
        InputError: the site's file of profiles is broken.
    """
    profiles = load_profiles()
    if name not in profiles:
        raise MissingNameError(f"There is no profile '{name}'; {nearest(name, profiles)}.")
    return profiles[name]


def fitting(profiles: Mapping[str, Profile], *, cores: int, memory: int) -> dict[str, Profile]:
    """The profiles that fit a machine; the smallest where none does, since one can work with less.

    Args:
        profiles: by name.
        cores: of the machine.
        memory: of the machine [B].
    """
    fit = {
        name: profile
        for name, profile in profiles.items()
        if profile.cores_of(cores) <= cores and profile.memory_of(cores) <= memory
    }
    return fit or dict([min(profiles.items(), key=lambda one: one[1].memory_of(cores))])


def default_profile() -> str:
    """The profile where nobody names one: that of the notebook server, else `DEFAULT_PROFILE`, else the site's first.

    Raises:
        InputError: the site's file of profiles is broken.
    """
    if named := environment().get(PROFILE):
        return named
    profiles = load_profiles()
    return DEFAULT_PROFILE if DEFAULT_PROFILE in profiles else next(iter(profiles))


def _source(path: Path | None) -> tuple[str, str]:
    """The text of the profiles, and what it is called."""
    variables = environment()
    if path is None and variables.get(PROFILES_FILE):
        path = Path(variables[PROFILES_FILE])
    if path is not None:
        return _read(path), str(path)
    if variables.get(PROFILES_TOML):
        return variables[PROFILES_TOML], PROFILES_TOML
    return resources.files(__package__).joinpath("profiles.toml").read_text(encoding="utf-8"), "profiles.toml"


def _cores(number: int | Literal["all"]) -> str:
    return "all cores" if number == "all" else f"{number} core{'s' if number > 1 else ''}"


def _memory(size: str) -> str:
    return f"{size[:-1]} {size[-1].upper()}B"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingInputError(f"{path}, the file of profiles, cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, the file of profiles, is no UTF-8 text.") from error


def _profile(name: str, fields: Any, text: str, where: str) -> Profile:
    if not isinstance(fields, Mapping):
        raise InputError(f"{_place(text, where, None, name)}: '{name}' is no table; write [{name}] above its keys.")
    for key in fields:
        if key not in (*_KEYS, *_POD_KEYS):
            known = nearest(key, (*_KEYS, *_POD_KEYS))
            raise InputError(f"{_place(text, where, name, key)}: a profile has no key '{key}'; {known}.")
    for key in _KEYS:
        if key not in fields:
            raise InputError(f"{_place(text, where, None, name)}: the profile [{name}] lacks the key '{key}'.")
    for key in fields:
        if (wanted := _wrong(key, fields[key])) is not None:
            found = f"'{key}' of the profile [{name}] is {fields[key]!r}"
            raise InputError(f"{_place(text, where, name, key)}: {found}; it must be {wanted}.")
    return Profile(name=name, **fields)


def _wrong(key: str, value: Any) -> str | None:
    """What a value should be, where it is something else."""
    if key == "description":
        return None if isinstance(value, str) and value.strip() else "a text"
    if key == "cores":
        return None if value == "all" or _is_number(value, 1) else 'a number of at least 1, or "all"'
    if key in _AT_LEAST:
        return None if _is_number(value, _AT_LEAST[key]) else f"a number of at least {_AT_LEAST[key]}"
    fits = isinstance(value, str) and _MEMORY.fullmatch(value) is not None and not value.startswith("0")
    return None if fits else 'a size such as "512m" or "2g"'


def _is_number(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _bytes(memory: str) -> int:
    match = _MEMORY.fullmatch(memory)
    if match is None:
        raise InputError(f'\'{memory}\' is no size; write it as "512m" or "2g".')
    return int(match[1]) * _UNITS[match[2]]


def _place(text: str, where: str, table: str | None, key: str) -> str:
    """File and line of a key of a table, or else of the table; of the table itself for ``None``."""
    inside = table is None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if header := re.match(r"\[\s*[\"']?(.*?)[\"']?\s*\]", words):
            inside = table is None or header[1] == table
            if table is None and header[1] == key:
                return f"{where}, line {number}"
        elif inside and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", words):
            return f"{where}, line {number}"
    return where if table is None else _place(text, where, None, table)
