"""Which profiles can a user pick, and what is free for them now?"""

import html
from collections.abc import Callable, Mapping
from functools import partial

import ipywidgets
from IPython.display import display

from hepnb.backends import attach as door
from hepnb.backends.attach import BACKENDS
from hepnb.backends.backend import Backend
from hepnb.cluster.environment import environment
from hepnb.cluster.names import PROFILE
from hepnb.cluster.profiles import Profile, load_profiles
from hepnb.errors import HepnbError
from hepnb.notebook.status import Status


def show(attach: Callable[[str, str | None, dict[str, str]], None], status: Status) -> None:
    """Show the form below the cell.

    Args:
        attach: called with a backend, a profile and options when the user has picked.
        status: what is said meanwhile.
    """
    backend, profiles = BACKENDS[door.default_backend()], load_profiles()
    choice = ipywidgets.RadioButtons(
        options=[(label(profile, backend), profile.name) for profile in profiles.values()],
        value=_usual(profiles),
        layout=ipywidgets.Layout(width="auto"),
    )
    start = ipywidgets.Button(description="Start", button_style="primary", tooltip="Start Spark with this profile")
    said = ipywidgets.HTML()

    def pressed(_: object) -> None:
        start.disabled = choice.disabled = True
        try:
            with status.into(partial(setattr, said, "value")):
                attach(door.default_backend(), choice.value, {})
        except HepnbError as error:
            said.value = html.escape(str(error))
        finally:
            start.disabled = choice.disabled = False

    start.on_click(pressed)
    free = ipywidgets.Label(backend.free())
    display(ipywidgets.VBox([free, choice, start, said]))


def _usual(profiles: Mapping[str, Profile]) -> str:
    """What runs; else what would."""
    found = door.running()
    name = found[0].profile if found is not None else environment().get(PROFILE)
    return name if name is not None and name in profiles else next(iter(profiles))


def label(profile: Profile, backend: Backend) -> str:
    """A line of the form: ``"small: 1 core, 1 GB (One core)"``."""
    return f"{profile.name}: {backend.size_of(profile)} ({profile.description})"
