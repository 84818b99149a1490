"""What is a user asked before the server starts, and what follows from the answer?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from hepnb.cluster.names import PROFILE, SHARED_OPTION
from hepnb.cluster.profiles import DEFAULT_PROFILE, Profile
from hepnb.cluster.trust import OWN_SERVER

FIELD = "profile"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the page shows of a profile.

    Attributes:
        profile: that can be picked.
        needs: what it takes, for a reader.
        warning: why it may not start now; ``None`` where nothing speaks against it.
    """

    profile: Profile
    needs: str
    warning: str | None = None


def chosen(options: Mapping[str, Any], profiles: Mapping[str, Profile]) -> Profile:
    """The profile that a user's options name; the default one, or the first, where they name none.

    Args:
        options: of the form, or of the hub's API; anything may be in them.
        profiles: that are offered.

    Raises:
        ValueError: there is no such profile.
    """
    default = DEFAULT_PROFILE if DEFAULT_PROFILE in profiles else next(iter(profiles))
    name = options.get(FIELD, default)
    if name not in profiles:
        raise ValueError(f"There is no profile {name!r} here; choose one of {', '.join(profiles)}.")
    return profiles[name]


def shared(options: Mapping[str, Any]) -> bool:
    """Whether a user's options say that others may be let into the server; anything may be in them."""
    return options.get(SHARED_OPTION) is True


def options_of(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A user's options from the fields of the form."""
    picked = {FIELD: form[FIELD][0]} if form.get(FIELD) else {}
    return {**picked, SHARED_OPTION: bool(form.get(SHARED_OPTION))}


def variables(profile: Profile) -> dict[str, str]:
    """What a notebook server is told of the profile, in its environment."""
    return {PROFILE: profile.name}


def form(cards: Sequence[Card], *, room: str, last: str | None = None, shared: bool = False) -> str:
    """The fields of the form, as HTML.

    Args:
        cards: of the profiles that are offered.
        room: what there is for them, for a reader.
        last: name of the profile that the user had before.
        shared: whether the user's last server was one to work together in.
    """
    profiles = {card.profile.name: card.profile for card in cards}
    checked = chosen({FIELD: last} if last in profiles else {}, profiles)
    choices = "\n".join(_choice(card, checked=card.profile is checked) for card in cards)
    return (
        f'<p class="text-muted">{escape(room)}</p>\n'
        f'<fieldset class="d-grid gap-2">\n<legend class="visually-hidden">Profile</legend>\n{choices}\n</fieldset>\n'
        f"{_box(checked=shared)}"
    )


def cores(number: float) -> str:
    """A number of cores for a reader: ``"2 cores"``, ``"1.5 cores"``."""
    return "1 core" if number == 1 else f"{round(number, 2):g} cores"


def size(number: float) -> str:
    """A size for a reader: ``"1.7 GB"``.

    Args:
        number: [B].
    """
    return f"{number / (1 << 30):.1f} GB"


def _box(*, checked: bool) -> str:
    return (
        f'<label class="card card-body mt-3" for="{SHARED_OPTION}">\n'
        f'<span><input type="checkbox" class="form-check-input me-2" id="{SHARED_OPTION}" name="{SHARED_OPTION}" '
        f'value="on"{" checked" if checked else ""}> <strong>Work together</strong> in this server</span>\n'
        "<span>In JupyterLab you can then share it: others edit the same notebooks and see the same kernels. "
        f"{OWN_SERVER} Credentials for storage that the site gives you are not in it.</span>\n"
        "<span>Without it the server is yours alone, and what you shared before is shared no more.</span>\n</label>"
    )


def _choice(card: Card, *, checked: bool) -> str:
    name = escape(card.profile.name, quote=True)
    badge = f' <span class="badge text-bg-warning">{escape(card.warning)}</span>' if card.warning else ""
    return (
        f'<label class="card card-body" for="profile-{name}">\n'
        f'<span><input type="radio" class="form-check-input me-2" id="profile-{name}" name="{FIELD}" value="{name}"'
        f"{' checked' if checked else ''}> <strong>{name}</strong> · {escape(card.needs)}{badge}</span>\n"
        f"<span>{escape(card.profile.description)}</span>\n</label>"
    )
