"""What does the kernel of a remote session do that another one does not?"""

import json
import logging
import time
import warnings
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from hepnb.backends import attach as door
from hepnb.cluster.environment import environment
from hepnb.cluster.names import SESSION, SESSION_COMM
from hepnb.errors import HepnbError
from hepnb.notebook import deaths, extension
from hepnb.sessions.facts import Facts
from hepnb.sessions.magics import SessionMagics
from hepnb.sessions.tee import Tee, statement_id

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from hepnb.notebook.background import Background

log = logging.getLogger(__name__)

_OFTEN: Final = 0.3  # [s]
_AT_LEAST: Final = 3.0  # [s]
_ADVICE: Final = "The session ends with it; restart the notebook's kernel to have a new one."
_loaded: Final[list["Inside"]] = []


class Inside:
    """The part of a session that runs in its kernel."""

    def __init__(self, shell: "InteractiveShell", background: "Background", *, token: str) -> None:
        """Tell the service of everything from now on.

        Args:
            shell: of the kernel.
            background: the start of Spark.
            token: what clients of Spark Connect must show.
        """
        self._shell, self._background, self._token = shell, background, token
        self._kernel: Any = shell.kernel  # type: ignore[attr-defined]  # a kernel's shell has one
        self._tee = Tee(self._kernel.session)
        self._known = Facts()
        self._kernel.comm_manager.register_target(SESSION_COMM, self._asked)
        shell.events.register("pre_run_cell", self._before_cell)
        Thread(target=self._tell, name="hepnb-session", daemon=True).start()

    def _asked(self, comm: Any, _message: Any) -> None:
        """The service is back: what has the last statement said meanwhile?"""
        recording = self._tee.recording
        comm.send({"statement": self._tee.statement, "ended": self._tee.ended, "messages": recording.messages})

    def _before_cell(self, *_: Any) -> None:
        """Let the jobs of a statement be its own."""
        if self._tee.statement is not None and (found := door.running()) is not None:
            from hepnb.spark import jobs  # a kernel whose Spark does not start needs none of it

            jobs.begin_group(found[1], statement_id(self._tee.statement), "statement of a remote session")

    def _tell(self) -> None:
        self._background.wait()
        told, last = Facts(), 0.0
        while True:
            try:
                facts = self._facts()
            except Exception as error:  # Spark may end at any moment, and the next look says so
                log.info("Spark could not be looked at: %s", error)
                facts = self._known
            if facts != told or time.monotonic() - last > _AT_LEAST:
                self._publish(facts)
                told, last = facts, time.monotonic()
            time.sleep(_OFTEN)

    def _facts(self) -> Facts:
        found = door.running()
        if found is None:
            reason = deaths.obituary() or str(self._background.error or "Spark was stopped by a statement.")
            return Facts(spark="gone", reason=reason)
        from hepnb.spark import connect_server, jobs  # as above

        if self._known.port is None:
            try:
                port = connect_server.serve(found[1], token=self._token)
            except HepnbError as error:
                return Facts(spark="gone", reason=str(error))
            self._known = Facts(spark="running", application=jobs.application(found[1]), port=port)
        number = None if self._tee.ended else self._tee.statement
        done = 0.0 if number is None else jobs.progress(found[1], statement_id(number))
        return Facts(
            spark="running",
            application=self._known.application,
            port=self._known.port,
            statement=number,
            progress=done,
        )

    def _publish(self, facts: Facts) -> None:
        content = {"comm_id": SESSION_COMM, "data": facts.as_message()}
        self._kernel.session.send(self._kernel.iopub_socket, "comm_msg", content, ident=b"comm")


def load(shell: "InteractiveShell") -> None:
    """Start Spark, and tell the service."""
    if _loaded:
        return
    order = json.loads((Path(environment()[SESSION]) / "order.json").read_text(encoding="utf-8"))
    wanted = {"profile": order["profile"], "options": order["options"]}
    background = extension.load(shell, wanted=wanted, advice=_ADVICE)
    SessionMagics(shell)
    # sparkmagic's %%sql reads rows as JSON from what is printed; Spark's word on its own future would stand among them.
    warnings.filterwarnings("ignore", message="The return type of DataFrame.toJSON")
    # PySpark logs a mistake in a query, as JSON, before it raises it.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _loaded.append(Inside(shell, background, token=order["token"]))
