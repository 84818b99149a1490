"""How is a session kept from what is not its owner's, where all users share one account?"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pwd import struct_passwd

_NAMESPACES: Final = ("--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private", "--kill-child")
_FIRST: Final = 3  # the descriptors below it are standard input, output and error


def command(
    argv: Sequence[str],
    *,
    exit_file: Path,
    hidden: Path,
    kept: Sequence[Path],
    account: "struct_passwd | None" = None,
) -> list[str]:
    """A command line that runs a program in namespaces of its own, where the machine allows it.

    There it sees no process but its own, and of a folder only what is kept. When the program ends, everything that it
    started ends with it. Whatever happens to it, a file says how it ended.

    Args:
        argv: the program and its arguments.
        exit_file: where its exit status is written, as shells count it.
        hidden: a folder that it must not see.
        kept: files and folders in there that it may use all the same.
        account: under which it runs; none for that of this process.
    """
    remember = f'"$@"; echo $? > {shlex.quote(f"{exit_file}.part")}; mv {shlex.quote(f"{exit_file}.part")} '
    remember += shlex.quote(str(exit_file))
    rights = _without_rights() if account is None else _as_account(account)
    if not available():
        return ["sh", "-c", remember, "sh", *([] if account is None else rights), *argv]
    script = "; ".join(["set -e", *_cover(hidden, kept), "set +e", remember])
    return [*_unshare(), "sh", "-c", script, "sh", *rights, *argv]


@cache
def available() -> bool:
    """Whether this machine gives namespaces to this account."""
    tools = ("unshare", "setpriv", "mount")
    if not sys.platform.startswith("linux") or not all(shutil.which(tool) for tool in tools):
        return False
    probe = [*_unshare(), "sh", "-c", 'mount -t tmpfs none /mnt && "$@"', "sh", *_without_rights(), "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def cleaned(variables: Mapping[str, str], allowed: Sequence[str]) -> dict[str, str]:
    """Those of the variables that a session may see: the service's own hold secrets."""
    return {name: variables[name] for name in allowed if name in variables}


def _unshare() -> list[str]:
    # Root has the right to mount; everybody else has it in a namespace of users.
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *own, *_NAMESPACES]


def _without_rights() -> list[str]:
    """What takes away the right to undo the mounts, and to gain any by other programs."""
    drop = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    if os.geteuid() == 0:
        return drop
    return ["unshare", "--user", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}", *drop]


def _as_account(account: "struct_passwd") -> list[str]:
    return [
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--init-groups",
        "--no-new-privs",
        "--bounding-set=-all",
        "--inh-caps=-all",
    ]


def _cover(hidden: Path, kept: Sequence[Path]) -> list[str]:
    """Shell commands that lay an empty folder over one, and bring some of its content back."""
    there = [path for path in kept if path.exists()]
    folder = shlex.quote(str(hidden))
    lines = [f"exec {at}<{shlex.quote(str(path))}" for at, path in enumerate(there, _FIRST)]
    lines.append(f"mount -t tmpfs -o mode=0700,size=1m hepnb {folder}")
    for at, path in enumerate(there, _FIRST):
        place = shlex.quote(str(path))
        make = f"mkdir -p {place}" if path.is_dir() else f"mkdir -p {shlex.quote(str(path.parent))} && : > {place}"
        # What lies below the new mount can only be reached by the descriptor.
        lines += [make, f"mount --no-canonicalize --bind /proc/self/fd/{at} {place}", f"exec {at}<&-"]
    return lines
