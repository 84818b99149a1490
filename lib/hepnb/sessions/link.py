"""How does the service speak with the kernel of a session?"""

import asyncio
import logging
from typing import Any, Final, Protocol

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient

from hepnb.cluster.names import SESSION_COMM
from hepnb.sessions.facts import Facts
from hepnb.sessions.tee import statement_id, statement_number

log = logging.getLogger(__name__)

_ANSWER: Final = 5.0  # [s]
_LARGEST: Final = 256 << 20
"""Of a message [B]: a session's code can send what it wants, and the service has memory for the sessions of all."""


class Listener(Protocol):
    """Who wants to know what a kernel says."""

    def heard(self, number: int, kind: str, content: dict[str, Any]) -> None:
        """A message of a statement."""

    def ended(self, number: int) -> None:
        """A statement has ended, and all its messages have come."""

    def told(self, facts: Facts) -> None:
        """How Spark is."""

    def remembered(self, data: dict[str, Any]) -> None:
        """What the kernel kept of the last statement, asked by `Link.ask`."""


class Link:
    """The channels of a kernel; every message is signed."""

    def __init__(self, connection: dict[str, Any], listener: Listener) -> None:
        """Open them; a kernel that still starts gets the messages when it is there.

        Args:
            connection: as Jupyter's connection files say it.
            listener: is told of everything.
        """
        self._client = AsyncKernelClient()
        # Its context is its own. What a kernel sends that keeps to `recording.LONGEST` is less.
        self._client.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST)
        self._client.load_connection_info(connection)  # type: ignore[arg-type]  # its own name for such a dictionary
        self._client.start_channels(stdin=False, hb=False)
        self._listener = listener
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._half: set[int] = set()
        self._closed = False
        self._tasks = [
            asyncio.create_task(self._listen(self._client.get_iopub_msg, self._published)),
            asyncio.create_task(self._listen(self._client.get_shell_msg, self._answered)),
        ]

    def run(self, number: int, code: str) -> None:
        """Run a statement."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = self._client.session.msg("execute_request", content | {"user_expressions": {}})
        message["msg_id"] = message["header"]["msg_id"] = statement_id(number)
        self._client.shell_channel.send(message)

    def interrupt(self) -> None:
        """Interrupt what runs, as Ctrl-C does."""
        self._client.control_channel.send(self._client.session.msg("interrupt_request", {}))

    def ask(self) -> None:
        """Ask what the last statement has said; the answer comes when the kernel has time."""
        content = {"comm_id": SESSION_COMM, "target_name": SESSION_COMM, "data": {}}
        self._client.shell_channel.send(self._client.session.msg("comm_open", content))

    async def complete(self, code: str, cursor: int) -> list[str]:
        """What could stand at the cursor; nothing where the kernel is busy."""
        message = self._client.session.msg("complete_request", {"code": code, "cursor_pos": cursor})
        answer = self._answers[message["header"]["msg_id"]] = asyncio.get_running_loop().create_future()
        self._client.shell_channel.send(message)
        try:
            content = await asyncio.wait_for(answer, _ANSWER)
        except TimeoutError:
            return []
        finally:
            self._answers.pop(message["header"]["msg_id"], None)
        return list(content.get("matches", []))

    def close(self) -> None:
        """Leave the kernel alone."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        self._client.stop_channels()

    async def _listen(self, receive: Any, take: Any) -> None:
        # Who is told may close this link, and cancelling takes effect no earlier than at the next message.
        while not self._closed:
            try:
                take(await receive())
            except (ValueError, TypeError, KeyError) as error:
                # One message that is wrongly signed, or makes no sense, is no reason to hear no more.
                log.warning("a message of a session's kernel could not be understood: %s", error)

    def _published(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        number = statement_number(message["parent_header"].get("msg_id"))
        if kind == "comm_msg" and content.get("comm_id") == SESSION_COMM:
            facts = Facts.from_message(content["data"])
            if facts is not None:
                self._listener.told(facts)
            else:
                self._listener.remembered(content["data"])
        elif number is not None and kind == "status" and content["execution_state"] == "idle":
            self._both(number)
        elif number is not None:
            self._listener.heard(number, kind, content)

    def _answered(self, message: dict[str, Any]) -> None:
        parent = message["parent_header"].get("msg_id")
        number = statement_number(parent)
        if number is not None and message["msg_type"] == "execute_reply":
            self._both(number)
        elif parent in self._answers and not self._answers[parent].done():
            self._answers[parent].set_result(message["content"])

    def _both(self, number: int) -> None:
        """A statement has ended when its answer is there and the last of its messages."""
        if number in self._half:
            self._half.discard(number)
            self._listener.ended(number)
        else:
            self._half.add(number)
