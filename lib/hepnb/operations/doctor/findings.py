"""What did a look at one thing show?"""

from dataclasses import dataclass
from typing import Literal

from hepnb.errors import HepnbError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen.

    Attributes:
        name: of the thing.
        state: ``failure`` where the platform does not work, ``warning`` where something of it may not.
        found: what was seen, without a full stop.
        fix: a command or a sentence; empty where all is well.
    """

    name: str
    state: Literal["ok", "warning", "failure"]
    found: str
    fix: str = ""


def well(name: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(name=name, state="ok", found=found)


def doubtful(name: str, found: str, fix: str) -> Finding:
    """Something may not work."""
    return Finding(name=name, state="warning", found=found, fix=fix)


def failing(name: str, found: str, fix: str) -> Finding:
    """The platform does not work."""
    return Finding(name=name, state="failure", found=found, fix=fix)


def told(name: str, error: HepnbError, *, fix: str | None = None) -> Finding:
    """What an error says, whose last clause or sentence is the advice unless there is better."""
    sentence = str(error).rstrip(".")
    if fix is not None:
        return failing(name, sentence, fix)
    end = max(sentence.rfind("; "), sentence.rfind(". "))
    found, advice = (sentence[:end], sentence[end + 2 :]) if end > 0 else (sentence, "")
    return failing(name, found, advice[:1].upper() + advice[1:])
