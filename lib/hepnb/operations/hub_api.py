"""How do the operator's commands speak to the hub that runs?"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hepnb.cluster.hub_pod import HubPod, this_pod
from hepnb.cluster.kubernetes import HUB_PORT
from hepnb.cluster.site import DataFolder, Settings
from hepnb.errors import InputError, MissingInputError, SessionError
from hepnb.operations.data_folder import default_folder, holder

_PATIENCE: Final = 60.0  # [s] a hub waits some seconds for a server that stops
_PAGE: Final = 200  # entries that the hub tells at once, at most
_PAGES: Final = "application/jupyterhub-pagination+json"


@dataclass(frozen=True, kw_only=True)
class HubApi:
    """The hub of a platform, as its operator speaks to it.

    Attributes:
        port: of the hub, on loopback.
        token: of the operator.
        name: of the platform, for a reader.
        log: where the hub says more.
        address: where browsers find the platform; empty where nobody has said.
        profiles: file of the sizes that users can pick; ``None`` for the library's own.
        folder: of the platform's data; ``None`` on Kubernetes, where homes are volumes.
    """

    port: int
    token: str = field(repr=False)
    name: str
    log: str
    address: str
    profiles: Path | None
    folder: DataFolder | None

    def ask(self, method: str, path: str, body: Any = None, *, none_for: Collection[int] = ()) -> Any:
        """Ask the hub for something.

        Args:
            method: of HTTP.
            path: below the hub's interface, its parts quoted (`quoted`).
            body: that goes with it, as JSON.
            none_for: statuses that are an answer, too.

        Returns:
            What the hub answers; ``None`` where it has nothing to say, or answers with a status of `none_for`.

        Raises:
            SessionError: the hub cannot be reached, or refuses.
        """
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/hub/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json", "Accept": _PAGES},
        )
        # No proxy of the site stands between this machine and itself.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=_PATIENCE) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            if error.code in none_for:
                return None
            raise SessionError(
                f"The hub refused '{method} {path}' with status {error.code}: {_message(error)}. More is in {self.log}."
            ) from error
        except OSError as error:
            raise SessionError(
                f"The hub of {self.name} does not answer: {getattr(error, 'reason', error)}. If it is just starting, "
                f"try again; otherwise see {self.log}."
            ) from error
        return json.loads(said) if said else None

    def listed(self, path: str) -> Iterator[Any]:
        """All entries of a list that the hub tells by pages.

        Args:
            path: as for `ask`.

        Raises:
            SessionError: the hub cannot be reached, or refuses.
        """
        offset = 0
        while True:
            page = self.ask("GET", f"{path}?offset={offset}&limit={_PAGE}")
            yield from page["items"]
            if not page["_pagination"]["next"]:
                return
            offset = page["_pagination"]["next"]["offset"]


def quoted(*parts: str) -> str:
    """A path of the hub's interface from its parts, whatever they hold; the default server is an empty part."""
    return "/".join(quote(part, safe="") for part in parts)


def hub_of(data: Path | None = None) -> HubApi:
    """The hub that runs.

    Args:
        data: folder of the platform's data; by default the hub of the pod where this runs, else the user's own.

    Raises:
        InputError: none runs there.
        MissingInputError: the operator's token cannot be read.
    """
    pod = this_pod()
    return _in_pod(pod) if data is None and pod.deployment.exists() else _on_machine(data or default_folder())


def _on_machine(data: Path) -> HubApi:
    folder = DataFolder(data.absolute())
    if holder(folder) is None or not folder.settings.exists():
        raise InputError(
            f"No platform runs on {folder.path}. Start it with 'hepnb up', or name the data of another with --data."
        )
    try:
        token = folder.operator_token.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise MissingInputError(
            f"{folder.operator_token}, by which the hub knows its operator, cannot be read: {error.strerror}. Run "
            "the command as the account that started the platform; starting it anew makes the file."
        ) from error
    settings = Settings.load(folder)
    return HubApi(
        port=settings.hub_port,
        token=token,
        name=str(folder.path),
        log=str(folder.hub_log),
        address=settings.address,
        profiles=folder.profiles if folder.profiles.exists() else None,
        folder=folder,
    )


def _in_pod(pod: HubPod) -> HubApi:
    return HubApi(
        port=HUB_PORT,
        token=pod.secret("operator-token"),
        name="this pod",
        log="the log of the hub's pod",
        address="",  # the hub itself knows it, where the site has said it
        profiles=pod.profiles,
        folder=None,
    )


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return error.reason
