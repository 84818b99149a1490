"""What did a statement say, and how does the protocol put it?"""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

LONGEST: Final = 16 << 20  # characters that are kept of a statement
TABLE: Final = "application/vnd.livy.table.v1+json"
"""What ``%table`` gives (https://livy.apache.org/docs/latest/rest-api.html)."""

_LIMIT: Final = f"a statement may say {LONGEST >> 20} million characters"
_CUT: Final = f"\n… cut: {_LIMIT}."
_LEFT_OUT: Final = f"An output of {{}} million characters is left out: {_LIMIT}."
_LAST_WORDS: Final = 1000  # characters of an error that is too long
_TEXT: Final = "text/plain"
_HTML: Final = "text/html"
_PNG: Final = "image/png"
_JSON: Final = "application/json"
_ALONE: Final = (TABLE, _JSON)
_HEARD: Final = ("stream", "execute_result", "display_data", "update_display_data", "clear_output", "error")


class Recording:
    """The messages of a statement that are meant for whoever runs it (https://jupyter-client.readthedocs.io)."""

    def __init__(self, messages: Iterable[tuple[str, dict[str, Any]]] = ()) -> None:
        """Begin with what was heard before."""
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._length = 0
        for kind, content in messages:
            self.hear(kind, content)

    def hear(self, kind: str, content: dict[str, Any]) -> None:
        """Keep a message, if it is one of those.

        Args:
            kind: type of the message.
            content: of it.
        """
        if kind == "clear_output":
            self.messages.clear()
            self._length = 0
        elif kind in _HEARD and not (kind == "stream" and self._length > LONGEST):
            place = self._displayed(content) if kind == "update_display_data" else None
            if place is not None:
                kind, earlier = "display_data", self.messages.pop(place)[1]
                self._length -= length(earlier)
            kept = bounded(kind, content, LONGEST - self._length)
            self._length += length(content) if kind == "stream" else length(kept)
            self.messages.insert(len(self.messages) if place is None else place, (kind, kept))

    def output(self, count: int) -> dict[str, Any]:
        """The field ``output`` of a statement that has ended.

        A protocol of one output for everything cannot show printed text, tables and pictures apart: where a statement
        has several of them, they become one page of HTML, in their order.

        Args:
            count: number of the statement.
        """
        error = next((content for kind, content in self.messages if kind == "error"), None)
        if error is None:
            return {"status": "ok", "execution_count": count, "data": self._data()}
        printed = self._text()
        lines = [f"{line.rstrip()}\n" for line in error["traceback"]]
        return {
            "status": "error",
            "execution_count": count,
            "ename": error["ename"],
            "evalue": error["evalue"],
            "traceback": [f"{printed}\n", *lines] if printed else lines,
            "data": {_TEXT: printed},
        }

    def _displayed(self, content: dict[str, Any]) -> int | None:
        """Where the display stands that a message renews."""
        name = content.get("transient", {}).get("display_id")
        for place, (_, earlier) in enumerate(self.messages):
            if name is not None and earlier.get("transient", {}).get("display_id") == name:
                return place
        return None

    def _text(self) -> str:
        """Standard output and results, then standard error; blanks at the end are dropped, as the protocol has it."""
        printed = "".join(self._stream("stdout"))
        values = "\n".join(content["data"].get(_TEXT, "") for _, content in self.messages if "data" in content)
        parts = (
            printed.rstrip("\n") if values else printed.rstrip(),
            values.rstrip(),
            "".join(self._stream("stderr")).rstrip(),
        )
        return "\n".join(text for text in parts if text)

    def _stream(self, name: str) -> list[str]:
        return [content["text"] for kind, content in self.messages if kind == "stream" and content["name"] == name]

    def _data(self) -> dict[str, Any]:
        rich = [content["data"] for _, content in self.messages if set(content.get("data", ())) - {_TEXT}]
        alone = [content["data"] for _, content in self.messages if set(content.get("data", ())) & set(_ALONE)]
        if alone:
            return {name: value for name, value in alone[-1].items() if name in _ALONE}
        if not rich:
            return {_TEXT: self._text()}
        if len(rich) == 1 and len(self.messages) == 1:
            return dict(rich[0])
        return {_HTML: "\n".join(_as_html(kind, content) for kind, content in self.messages), _TEXT: self._text()}


def bounded(kind: str, content: dict[str, Any], room: int = LONGEST) -> dict[str, Any]:
    """A message that is not too long: of text the beginning, and of what has no beginning a sentence.

    Args:
        kind: type of the message.
        content: of it.
        room: for how many characters.
    """
    if kind not in _HEARD or length(content) <= room:
        return content
    if kind == "stream":
        return {"name": content["name"], "text": content["text"][: max(room, 0)] + _CUT}
    if kind == "error":
        last = content["evalue"][:_LAST_WORDS]
        return {"ename": content["ename"], "evalue": last, "traceback": [f"{content['ename']}: {last}{_CUT}"]}
    if "data" in content:
        return content | {"data": {_TEXT: _LEFT_OUT.format(-(-length(content) // (1 << 20)))}, "metadata": {}}
    return content


def length(content: Mapping[str, Any]) -> int:
    """How many characters a message has.

    Args:
        content: of it.
    """
    said = [content.get("text", ""), content.get("evalue", ""), *content.get("traceback", ())]
    shown = content.get("data", {}).values()
    return sum(map(len, said)) + sum(_length(one) for one in shown)


def _length(shown: object) -> int:
    # A kernel's own displays may still be bytes; its session writes them in base64 later.
    return len(shown) if isinstance(shown, str | bytes) else len(json.dumps(shown, default=str))


def _as_html(kind: str, content: dict[str, Any]) -> str:
    data = content.get("data", {})
    if _HTML in data:
        return str(data[_HTML])
    if _PNG in data:
        return f'<img src="data:{_PNG};base64,{data[_PNG].strip()}">'
    return f"<pre>{escape(content['text'] if kind == 'stream' else data.get(_TEXT, ''))}</pre>"
