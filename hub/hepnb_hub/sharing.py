"""What does it change that others are let into a server, and who manages that?"""

from typing import Any

from jupyterhub import orm
from jupyterhub.spawner import Spawner

from hepnb.cluster.names import OPERATOR, SHARED
from hepnb.cluster.projects import is_project
from hepnb.cluster.trust import without_personal
from hepnb_hub.site_class import with_ours_before


class SharedServers:
    """What is put before a site's spawner: a shared server gets nobody's keys of storage."""

    def get_env(self) -> dict[str, str]:
        """The variables of the server, whoever has set them."""
        variables: dict[str, str] = super().get_env()  # type: ignore[misc]  # of the spawner behind it
        return without_personal(variables) if SHARED in variables else variables


def without_keys(spawner: Any) -> type:
    """The site's spawner, which starts shared servers without personal keys.

    Args:
        spawner: as a site names it: a class, its path, or a short name of JupyterHub's.
    """
    return with_ours_before(SharedServers, spawner, kind=Spawner, group="jupyterhub.spawners")


def operator(token: str) -> dict[str, Any]:
    """The service as which the operator's commands speak to the hub; it is no process."""
    return {"name": OPERATOR, "api_token": token}


def variables(*, shared: bool) -> dict[str, str]:
    """What a notebook server is told, in its environment."""
    return {SHARED: "1"} if shared else {}


def begin(spawner: Any, *, shared: bool) -> None:
    """Prepare the hub for a server that is about to start.

    The owner of a shared one may let others in from JupyterLab, so its token may manage who. One that is not shared
    has its owner's keys, so nobody else may open it any more.

    Args:
        spawner: of the server.
        shared: whether others may be let in.
    """
    if is_project(spawner.user.name):
        return  # who is in it is for the operator to say
    if shared:
        # Not by Spawner.server_token_scopes: JupyterHub asks that before it knows what was chosen for this start.
        token = orm.APIToken.find(spawner.db, spawner.api_token)
        own = f"shares!server={spawner.user.name}/{spawner.name}"
        token.update_scopes([*token.scopes, own, "read:users:name", "list:users"])
    else:
        for granted in (*spawner.orm_spawner.shares, *spawner.orm_spawner.share_codes):
            spawner.db.delete(granted)
    spawner.db.commit()
