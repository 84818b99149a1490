"""How is something of ours put before a class that a site has chosen?"""

from typing import Any

from jupyterhub.traitlets import EntryPointType


def chosen_class(chosen: Any, *, kind: type, group: str) -> type:
    """The class that a site has chosen.

    Args:
        chosen: as a site names it: a class, its path, or a short name of JupyterHub's.
        kind: what it must be.
        group: of the entry points where JupyterHub looks for short names.

    Raises:
        TraitError: it is something else, or not there.
        ImportError: the module of its entry point is not there.
    """
    found: type = EntryPointType(klass=kind, entry_point_group=group).validate(None, chosen)
    return found


def with_ours_before(ours: type, chosen: Any, *, kind: type, group: str) -> type:
    """The site's class with ours before it.

    Args:
        ours: what comes first.
        chosen: as a site names it: a class, its path, or a short name of JupyterHub's.
        kind: what it must be.
        group: of the entry points where JupyterHub looks for short names.
    """
    site = chosen_class(chosen, kind=kind, group=group)
    # The name stays: the configuration and the hub's own information know the class by it.
    return type(site.__name__, (ours, site), {"__module__": site.__module__})
