"""What is in a backup of the platform, and is it whole?"""

import gzip
import hashlib
import json
import tarfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from hepnb import __version__
from hepnb.errors import FormatError, MissingInputError, OutputError

MANIFEST: Final = "manifest.json"
HOMES: Final = "homes"

_KIND: Final = "hepnb-backup"
_FORMAT: Final = 1
_BLOCK: Final = 1 << 20  # [B]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The last member of a backup: one without it was not finished.

    Attributes:
        version: of hepnb.
        date: of the backup, UTC, as ISO 8601 has it.
        homes: whether the users' homes are in it.
        files: checksum (SHA-256) of each file, by its path.
        left_out: links that lead out of their home, and what is neither file, folder nor link.
    """

    version: str
    date: str
    homes: bool
    files: dict[str, str]
    left_out: tuple[str, ...]

    def to_json(self) -> str:
        """What is written into the backup."""
        return json.dumps({"kind": _KIND, "format": _FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """What was written there.

        Raises:
            ValueError: this is something else; a `FormatError` where a newer version wrote it.
        """
        content: Any = json.loads(text)
        if not isinstance(content, dict) or content.pop("kind", None) != _KIND:
            raise ValueError("its manifest is not one of hepnb")
        version = content.get("version")
        if int(content.pop("format")) > _FORMAT:
            raise FormatError(
                f"was made by hepnb {version}, which is newer than this one ({__version__}); install that version"
            )
        return cls(**content | {"left_out": tuple(content["left_out"])})


def extract(backup: Path, target: Path) -> Manifest:
    """Unpack a backup into an empty folder, and compare every file with its checksum.

    Args:
        backup: of the platform.
        target: the folder; nothing is written anywhere else, whatever the backup says.

    Raises:
        MissingInputError: there is no such file, or it may not be read.
        OutputError: the folder cannot be written to.
        FormatError: it is damaged, something else, or of a newer version.
    """
    try:
        with gzip.open(backup) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                _check_member(member)
                tar.extract(member, target, filter="data")
            while file.read(_BLOCK):
                pass  # to its end, where gzip compares its own checksum
        if not (target / MANIFEST).exists():
            raise ValueError("it has no manifest")
        manifest = Manifest.from_json((target / MANIFEST).read_bytes())
        (target / MANIFEST).unlink()
        _compare(target, manifest)
    except FormatError as error:
        raise FormatError(f"{backup} {error}.") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{backup} is no backup of hepnb, or is damaged: {error}.") from error
    except OSError as error:
        if error.filename == str(backup):
            raise MissingInputError(f"{backup} cannot be read: {error.strerror}.") from error
        raise OutputError(f"{backup} cannot be unpacked into {target.parent}: {error.strerror}.") from error
    return manifest


def checksum(path: Path) -> str:
    """Of a file: SHA-256, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _check_member(member: tarfile.TarInfo) -> None:
    first, _, rest = member.name.partition("/")
    expected = (member.isfile() and member.name in (MANIFEST, "hepnb.json", "profiles.toml")) or (
        member.isfile() and first in ("secrets", "hub") and rest not in ("", ".", "..") and "/" not in rest
    )
    if not expected and not (first == HOMES and (member.isdir() or (rest and (member.isfile() or member.issym())))):
        raise ValueError(f"'{member.name}' does not belong into it")


def _compare(folder: Path, manifest: Manifest) -> None:
    found = {str(path.relative_to(folder)) for path in _files(folder)}
    if different := sorted(found ^ manifest.files.keys()):
        raise ValueError(f"'{different[0]}' is missing, or was added")
    for name, expected in manifest.files.items():
        if checksum(folder / name) != expected:
            raise ValueError(f"'{name}' has another checksum than it had")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
