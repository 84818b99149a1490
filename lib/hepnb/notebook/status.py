"""What is said in a cell while Spark starts, and when it runs?"""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from IPython.display import DisplayHandle, display

from hepnb.backends.attach import BACKENDS
from hepnb.backends.backend import Choice
from hepnb.notebook.place import Place


class Status:
    """A line below a cell, which changes; nothing where nobody looks on."""

    def __init__(self, place: Place) -> None:
        """Nothing is said yet."""
        self._place = place
        self._line: DisplayHandle | None = None
        self._elsewhere: Callable[[str], None] | None = None

    @contextmanager
    def into(self, show: Callable[[str], None]) -> Iterator[None]:
        """Say it elsewhere than below a cell for a while.

        Args:
            show: takes what is said, as HTML.
        """
        self._elsewhere = show
        try:
            yield
        finally:
            self._elsewhere = None

    def begin(self) -> None:
        """What is said next stands below another cell."""
        self._line = None

    def starting(self, choice: Choice | None) -> None:
        """Spark is on its way."""
        self.say(
            "Starting Spark …"
            if choice is None
            else f"Starting Spark ({BACKENDS[choice.backend].describe(choice)[0]}) …"
        )

    def runs(self, choice: Choice, version: str) -> None:
        """Spark is there, and so are its own pages, where a notebook server shows them."""
        text = f"Spark {version}, {BACKENDS[choice.backend].describe(choice)[1]}"
        if self._place.served and BACKENDS[choice.backend].pages_address():
            self.say(f"{text} · Spark UI", link=f"{self._place.pages}/")
        else:
            self.say(text)

    def say(self, text: str, *, link: str | None = None) -> None:
        """Replace the line.

        Args:
            text: what to say.
            link: where its last part, after a dot, leads.
        """
        if not self._place.watched:
            return
        shown = html.escape(text)
        if link is not None:
            words, _, last = shown.rpartition(" · ")
            shown = f'{words} · <a href="{html.escape(link)}" target="_blank" rel="noopener">{last}</a>'
        data: dict[str, Any] = {"text/plain": text, "text/html": f"<small>{shown}</small>"}
        if self._elsewhere is not None:
            self._elsewhere(data["text/html"])
        elif self._line is None:
            self._line = DisplayHandle()
            display(data, raw=True, display_id=self._line.display_id)
        else:
            self._line.update(data, raw=True)
