"""How do the operator's commands speak to the hub that runs?"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hepnb.cluster.site import DataFolder, Settings
from hepnb.errors import InputError, MissingInputError, SessionError
from hepnb.operations.data_folder import holder

_PATIENCE: Final = 60.0  # [s] a hub waits some seconds for a server that stops
_PAGE: Final = 200  # entries that the hub tells at once, at most
_PAGES: Final = "application/jupyterhub-pagination+json"


class HubApi:
    """The hub of a platform, as its operator speaks to it."""

    def __init__(self, folder: DataFolder) -> None:
        """Look where the hub is.

        Args:
            folder: of the platform's data.

        Raises:
            InputError: no platform runs on them.
            MissingInputError: the platform that runs is older than these commands.
        """
        if holder(folder) is None or not folder.settings.exists():
            raise InputError(
                f"No platform runs on {folder.path}. Start it with 'hepnb up', or name the data of another with --data."
            )
        try:
            self._token = folder.operator_token.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MissingInputError(
                f"{folder.operator_token}, by which the hub knows its operator, cannot be read: {error.strerror}. Run "
                "the command as the account that started the platform; starting it anew makes the file."
            ) from error
        self.folder = folder
        self.settings = Settings.load(folder)

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
            f"http://127.0.0.1:{self.settings.hub_port}/hub/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self._token}", "Content-Type": "application/json", "Accept": _PAGES},
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
                f"The hub refused '{method} {path}' with status {error.code}: {_message(error)}. "
                f"More is in {self.folder.hub_log}."
            ) from error
        except OSError as error:
            raise SessionError(
                f"The hub of {self.folder.path} does not answer: {getattr(error, 'reason', error)}. If it is just "
                f"starting, try again; otherwise see {self.folder.hub_log}."
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


def hub_of(folder: Path) -> HubApi:
    """The hub that runs on a folder of data.

    Raises:
        InputError: none runs there.
        MissingInputError: the one that runs is older than these commands.
    """
    return HubApi(DataFolder(folder.absolute()))


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return error.reason
