"""What is a user asked before the server starts, and what follows from the answer?"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from hepnb.cluster.names import PROFILE, SHARED_OPTION
from hepnb.cluster.profiles import DEFAULT_PROFILE, Profile, fitting
from hepnb.cluster.trust import OWN_SERVER
from hepnb_hub.machine import Machine

FIELD = "profile"


def offered(profiles: Mapping[str, Profile], machine: Machine) -> dict[str, Profile]:
    """The profiles that fit the machine; the smallest where none does, since one can work with less."""
    return fitting(profiles, cores=machine.cores, memory=machine.memory)


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
        raise ValueError(f"There is no profile {name!r} on this machine; it has {', '.join(profiles)}.")
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


def form(profiles: Mapping[str, Profile], machine: Machine, *, last: str | None = None, shared: bool = False) -> str:
    """The fields of the form, as HTML.

    Args:
        profiles: that are offered.
        machine: what it has, and what is free.
        last: name of the profile that the user had before.
        shared: whether the user's last server was one to work together in.
    """
    checked = chosen({FIELD: last} if last in profiles else {}, profiles)
    cards = "\n".join(_card(profile, machine, checked=profile is checked) for profile in profiles.values())
    cores = f"{machine.free_cores:.0f} of {_cores(machine.cores)}"
    memory = f"{_size(machine.free_memory)} of {_size(machine.memory)}"
    return (
        f'<p class="text-muted">Free now on this machine: {cores} and {memory}. '
        "Memory is what a notebook with Spark takes at most.</p>\n"
        f'<fieldset class="d-grid gap-2">\n<legend class="visually-hidden">Profile</legend>\n{cards}\n</fieldset>\n'
        f"{_box(checked=shared)}"
    )


def _box(*, checked: bool) -> str:
    return (
        f'<label class="card card-body mt-3" for="{SHARED_OPTION}">\n'
        f'<span><input type="checkbox" class="form-check-input me-2" id="{SHARED_OPTION}" name="{SHARED_OPTION}" '
        f'value="on"{" checked" if checked else ""}> <strong>Work together</strong> in this server</span>\n'
        "<span>In JupyterLab you can then share it: others edit the same notebooks and see the same kernels. "
        f"{OWN_SERVER} Keys of storage that the site gives you stay out of it.</span>\n"
        "<span>Without it the server is yours alone, and what you shared before is shared no more.</span>\n</label>"
    )


def _card(profile: Profile, machine: Machine, *, checked: bool) -> str:
    name = escape(profile.name, quote=True)
    needs = f"{_cores(profile.cores_of(machine.cores))}, {_size(profile.memory_of(machine.cores))}"
    room = "" if machine.has_room(profile) else ' <span class="badge text-bg-warning">little memory is free now</span>'
    return (
        f'<label class="card card-body" for="profile-{name}">\n'
        f'<span><input type="radio" class="form-check-input me-2" id="profile-{name}" name="{FIELD}" value="{name}"'
        f"{' checked' if checked else ''}> <strong>{name}</strong> · {needs}{room}</span>\n"
        f"<span>{escape(profile.description)}</span>\n</label>"
    )


def _cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _size(size: float) -> str:
    return f"{size / (1 << 30):.1f} GB"
