"""How many processes were killed because memory ran out?"""

from contextlib import suppress
from pathlib import Path
from typing import Final

_COUNTER: Final = "oom_kill"


def oom_kills(root: Path = Path("/")) -> int | None:
    """What the kernel of the operating system has counted since it started.

    Only a growth of the number means anything: what it adds up may overlap.

    Args:
        root: where ``proc`` and ``sys`` lie.

    Returns:
        Processes of this machine, and of the cgroup that this process is in; ``None`` where nothing counts them.
    """
    counts = [_count(path) for path in (root / "proc" / "vmstat", *_events(root))]
    found = [count for count in counts if count is not None]
    return sum(found) if found else None


def _events(root: Path) -> list[Path]:
    """The files that count for the own cgroup, of either version."""
    groups = root / "sys" / "fs" / "cgroup"
    found: list[Path] = []
    with suppress(OSError):
        for line in (root / "proc" / "self" / "cgroup").read_text(encoding="ascii").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0":
                folder, file = groups, "memory.events"
            elif "memory" in controllers.split(","):
                folder, file = groups / "memory", "memory.oom_control"
            else:
                continue
            # A container may read the host's path there, and see its own group at the top.
            candidates = [folder / path.lstrip("/") / file, folder / file]
            found += [one for one in candidates if one.is_file()][:1]
    return found


def _count(path: Path) -> int | None:
    with suppress(OSError):
        for line in path.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == _COUNTER:
                return int(value)
    return None
