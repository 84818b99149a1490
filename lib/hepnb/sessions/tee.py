"""What has the last statement said while nobody was listening?"""

from typing import Any, Final

from jupyter_client.session import Session, extract_header

from hepnb.sessions.recording import Recording, bounded

_PREFIX: Final = "statement-"


def statement_id(number: int) -> str:
    """The id of the message by which a statement is asked for."""
    return f"{_PREFIX}{number}"


def statement_number(message_id: str | None) -> int | None:
    """The statement that such an id means; none for any other message."""
    number = (message_id or "").removeprefix(_PREFIX)
    return int(number) if number.isdigit() and message_id == statement_id(int(number)) else None


class Tee:
    """Keeps what the kernel of a session publishes of its last statement: the service may be away meanwhile."""

    def __init__(self, session: Session) -> None:
        """Listen to everything that a kernel sends.

        Args:
            session: of the kernel. Errors pass no hook of ipykernel, so that its way of sending is wrapped.
        """
        self._send = session.send
        session.send = self  # type: ignore[method-assign]  # see above
        self.statement: int | None = None
        self.ended = True
        self.recording = Recording()

    def __call__(
        self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Send a message, as `jupyter_client.session.Session.send` does."""
        if isinstance(msg_or_type, str):
            # Before it is sent: the service has memory for the sessions of all.
            content = bounded(msg_or_type, content or {})
            self._note(msg_or_type, content, extract_header(parent) if parent else {})
        else:
            msg_or_type["content"] = bounded(msg_or_type["msg_type"], msg_or_type["content"])
            self._note(msg_or_type["msg_type"], msg_or_type["content"], msg_or_type["parent_header"])
        return self._send(stream, msg_or_type, content, parent, *args, **kwargs)

    def _note(self, kind: str, content: dict[str, Any], parent: dict[str, Any]) -> None:
        number = statement_number(parent.get("msg_id"))
        if number is None:
            return
        if kind == "status":
            self._follow(number, content["execution_state"])
        elif number == self.statement:
            self.recording.hear(kind, content)

    def _follow(self, number: int, state: str) -> None:
        if number != self.statement:
            self.statement, self.recording = number, Recording()
        self.ended = state == "idle"
