"""What does ``%attach`` do?"""

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from hepnb.backends import attach as door
from hepnb.backends.backend import Choice
from hepnb.cluster.names import COMM, SESSION_NAME
from hepnb.errors import HepnbError, InputError, SessionError
from hepnb.notebook.cells import Refused
from hepnb.notebook.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable


class _Parser(argparse.ArgumentParser):
    """Raises a sentence where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        raise InputError(
            f"%attach: {message}; write %attach [BACKEND] [--profile NAME] [--name SESSION] [--option KEY=VALUE ...]."
        )


class AttachMagic:
    """Starts the Spark that a user names or picks, and lets the notebook remember which."""

    def __init__(
        self, place: Place, show_form: "Callable[[Callable[[str, str | None, dict[str, str]], None]], None]"
    ) -> None:
        """Know where the kernel runs.

        Args:
            place: of the kernel.
            show_form: shows the form, which calls back with a backend, a profile and options.
        """
        self._place = place
        self._show_form = show_form

    def __call__(self, line: str) -> None:
        """Start, stop or ask for a Spark.

        %attach [BACKEND] [--profile NAME] [--name SESSION] [--option KEY=VALUE ...]

        Without arguments, a form shows what there is to pick from.
        """
        try:
            if not line.strip() and self._place.watched:
                self._show_form(self.attach)
            else:
                self.attach(*parse(line))
        except HepnbError as error:
            raise Refused(str(error)) from None

    def attach(self, backend: str, profile: str | None, options: dict[str, str]) -> None:
        """Start a Spark, and let the notebook remember the choice."""
        door.attach(backend, profile=profile, options=options)
        found = door.running()
        if found is None:
            raise SessionError("Spark ended as soon as it had started; %attach tries again.")
        if self._place.watched:
            _remember(found[0])


def parse(line: str) -> tuple[str, str | None, dict[str, str]]:
    """The backend, the profile and the options that a line names.

    Raises:
        InputError: it is none that %attach knows.
    """
    parser = _Parser(prog="%attach", add_help=False, allow_abbrev=False)
    parser.add_argument("backend", nargs="?", default=door.default_backend())
    parser.add_argument("--profile")
    parser.add_argument("--name")
    parser.add_argument("--option", action="append", default=[])
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"%attach: {error}, in: {line}") from error
    found = parser.parse_args(words)
    for option in found.option:
        if "=" not in option:
            raise InputError(f"%attach: '{option}' is no option; write --option KEY=VALUE.")
    options = dict(option.split("=", 1) for option in found.option)
    return found.backend, found.profile, options | ({} if found.name is None else {SESSION_NAME: found.name})


def _remember(choice: Choice) -> None:
    from ipykernel.comm import Comm  # it needs a kernel, which tests of the rest have not

    data: dict[str, Any] = {"backend": choice.backend, "profile": choice.profile, "options": dict(choice.options)}
    Comm(target_name=COMM, data={"action": "remember", "choice": data})
