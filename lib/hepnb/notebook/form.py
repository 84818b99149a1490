"""Which profiles can a user pick, and what is free for them now?"""

import os
from collections.abc import Callable
from typing import Final

import ipywidgets
import psutil
from IPython.display import display

from hepnb.backends import attach as door
from hepnb.cluster.profiles import Profile, load_profiles
from hepnb.errors import HepnbError

_GB: Final = 1024**3


def show(attach: Callable[[str, str | None, dict[str, str]], None]) -> None:
    """Show the form below the cell.

    Args:
        attach: called with a backend, a profile and options when the user has picked.
    """
    found = door.running()
    profiles = load_profiles()
    current = found[0].profile if found is not None else None
    choice = ipywidgets.RadioButtons(
        options=[(label(profile), profile.name) for profile in profiles.values()],
        value=current if current in profiles else next(iter(profiles)),
        layout=ipywidgets.Layout(width="auto"),
    )
    start = ipywidgets.Button(description="Start", button_style="primary", tooltip="Start Spark with this profile")
    said = ipywidgets.Output()

    def pressed(_: object) -> None:
        start.disabled = choice.disabled = True
        said.clear_output()
        with said:
            try:
                attach("local", choice.value, {})
            except HepnbError as error:
                display({"text/plain": str(error)}, raw=True)
            finally:
                start.disabled = choice.disabled = False

    start.on_click(pressed)
    free = ipywidgets.Label(f"Free on this machine now: {now_free()}.")
    display(ipywidgets.VBox([free, choice, start, said]))


def label(profile: Profile) -> str:
    """A line of the form: ``"small: 1 core, 1 GB (One core)"``."""
    return f"{profile.name}: {profile.size} ({profile.description})"


def now_free() -> str:
    """Cores that nobody uses, and memory that Linux could give: ``"1.5 of 2 cores, 3.2 of 8.0 GB"``."""
    cores = psutil.cpu_count() or 1
    idle = max(cores - os.getloadavg()[0], 0.0)
    memory = psutil.virtual_memory()
    return f"{idle:.1f} of {cores} cores, {memory.available / _GB:.1f} of {memory.total / _GB:.1f} GB"
