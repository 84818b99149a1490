"""How does the protocol sound over HTTP?"""

from typing import Any, Final
from urllib.parse import unquote

from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler

from hepnb import __version__
from hepnb.cluster.names import SERVER_PROFILE, SESSION_NOTEBOOK
from hepnb.errors import HepnbError, InputError
from hepnb.sessions import answers
from hepnb.sessions.door import Door
from hepnb.sessions.session import Session
from hepnb.sessions.sessions import Sessions
from hepnb.sessions.wishes import body_of, completion_wish, number_of, session_wish, statement_wish

_PAGE: Final = 100  # as many sessions and statements, where nobody says how many
_SENTENCES: Final = {
    401: "Nobody is known by this request: send a token of the hub in the header Authorization.",
    403: "This is not for you, or the request came from another page.",
    404: "There is no such address.",
}


class Asked(HubOAuthenticated, RequestHandler):
    """A request of somebody who is known."""

    owner: str
    methods: tuple[str, ...] = ("GET", "HEAD")

    def initialize(self, sessions: Sessions, door: Door) -> None:
        """Know where to look.

        Args:
            sessions: of everybody.
            door: that knows who asks.
        """
        self.sessions, self.door = sessions, door

    async def prepare(self) -> None:
        """Let nobody in who is not known, and no request that a browser sends for another site."""
        owner = await self.door.user_of(self)
        if owner is None:
            raise HTTPError(401)
        self.owner = owner
        if self.request.method not in ("GET", "HEAD"):
            self.door.check_origin(self)

    def check_xsrf_cookie(self) -> None:
        """It is checked when it is known who asks."""

    def set_default_headers(self) -> None:
        """Answers are data for programs, and nothing for caches."""
        self.set_header("Content-Type", "application/json;charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def compute_etag(self) -> None:
        """Answers change all the time."""

    def session(self, which: str) -> Session:
        """The session that an address means; whoever asks for it uses it."""
        session = self.sessions.find(self.owner, unquote(which))
        session.touch()
        return session

    def number(self, name: str) -> int | None:
        """A number of the query, if it is there."""
        text = self.get_query_argument(name, None)
        return None if text is None else number_of(text)

    def first_and_size(self) -> tuple[int, int]:
        """Which part of a list is asked for."""
        first, size = self.number("from"), self.number("size")
        return 0 if first is None else first, _PAGE if size is None else size

    def body(self) -> dict[str, Any]:
        """The object that was sent."""
        return body_of(self.request.body)

    def created(self, place: str, answer: dict[str, Any]) -> None:
        """Something new is there."""
        self.set_status(201)
        self.set_header("Location", place)
        self.finish(answer)

    def answer(self, session: Session) -> dict[str, Any]:
        """A session, in the protocol's form."""
        return answers.session_answer(
            session.record, state=session.state, application=session.facts.application, idle=session.idle
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One sentence in the protocol's form."""
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        if isinstance(error, HepnbError):
            self.set_status(404 if isinstance(error, answers.NotThereError) else 400)
            self.finish({"msg": str(error)})
        elif status_code == 405:
            self.set_header("Allow", ", ".join(self.methods))
            self.finish()
        else:
            self.finish({"msg": _SENTENCES.get(status_code, self._reason)})

    def _request_summary(self) -> str:
        """What logs say of a request: never its query, where somebody may have put a token."""
        return f"{self.request.method} {self.request.path[:300]}"

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A request that makes no sense is no news."""
        if not isinstance(value, HepnbError):
            super().log_exception(typ, value, tb)


class SessionList(Asked):
    """``/sessions``."""

    methods = ("POST", "GET", "HEAD")

    def get(self) -> None:
        """The own sessions."""
        first, size = self.first_and_size()
        own = self.sessions.of(self.owner)
        shown = [self.answer(session) for session in answers.window(own, first, size)]
        self.finish({"from": first, "total": len(own), "sessions": shown})

    head = get

    async def post(self) -> None:
        """A new session, or the living one of that name or notebook."""
        profile, notebook = (
            unquote(self.request.headers.get(name, "")) or None for name in (SERVER_PROFILE, SESSION_NOTEBOOK)
        )
        wish = session_wish(self.body(), owner=self.owner, profile=profile)
        session = await self.sessions.open(self.owner, wish, notebook=notebook)
        self.created(f"/sessions/{session.record.number}", self.answer(session))


class OneSession(Asked):
    """``/sessions/N``."""

    methods = ("GET", "HEAD", "DELETE")

    def get(self, which: str) -> None:
        """The session."""
        self.finish(self.answer(self.session(which)))

    head = get

    async def delete(self, which: str) -> None:
        """End it."""
        await self.session(which).end()
        self.finish({"msg": "deleted"})


class SessionState(Asked):
    """``/sessions/N/state``."""

    def get(self, which: str) -> None:
        """Its state alone."""
        session = self.session(which)
        self.finish({"id": session.record.number, "state": session.state})


class SessionLog(Asked):
    """``/sessions/N/log``."""

    def get(self, which: str) -> None:
        """Lines of its log."""
        session = self.session(which)
        lines = answers.log_lines(session.record.log)
        first, shown = answers.log_window(lines, self.number("from"), self.number("size"))
        self.finish({"id": session.record.number, "from": first, "total": len(lines), "log": shown})


class SessionCall(Asked):
    """``/sessions/N/connect``, ``interrupt``, ``stop``, ``completion`` and ``spark-connect``."""

    methods = ("POST",)

    async def post(self, which: str, call: str) -> None:
        """Do it."""
        session = self.session(which)
        if call == "connect":
            self.finish(self.answer(session))
        elif call == "interrupt":
            session.interrupt()
            self.finish({"msg": "interrupted"})
        elif call == "stop":
            await session.end()
            self.set_status(204)
            self.finish()
        elif call == "completion":
            self.finish({"candidates": await session.complete(completion_wish(self.body()))})
        else:
            self.finish(session.spark_connect())


class SessionFiles(Asked):
    """``/sessions/N/add-file``, ``upload-file`` and their kin."""

    methods = ("POST",)

    def post(self, which: str) -> None:
        """Refuse it.

        Raises:
            InputError: always.
        """
        self.session(which)
        raise InputError(
            "Sessions take no files from here: lay them into your home, which the session sees, and name them with "
            "sc.addFile or sc.addPyFile, or in the field 'jars' of a new session."
        )


class StatementList(Asked):
    """``/sessions/N/statements``."""

    methods = ("POST", "GET", "HEAD")

    def get(self, which: str) -> None:
        """The last statements."""
        session = self.session(which)
        first, size = self.first_and_size()
        backwards = self.get_query_argument("order", "asc").lower() == "desc"
        own = session.queue.statements[::-1] if backwards else session.queue.statements
        shown = [statement.as_answer() for statement in answers.window(own, first, size)]
        self.finish({"total_statements": len(own), "statements": shown})

    def post(self, which: str) -> None:
        """Run code."""
        session = self.session(which)
        statement = session.submit(statement_wish(self.body()))
        place = f"/sessions/{session.record.number}/statements/{statement.number}"
        self.created(place, statement.as_answer())


class OneStatement(Asked):
    """``/sessions/N/statements/K``."""

    def get(self, which: str, number: str) -> None:
        """The statement."""
        self.finish(self.session(which).queue.find(number_of(unquote(number))).as_answer())

    head = get


class CancelStatement(Asked):
    """``/sessions/N/statements/K/cancel``."""

    methods = ("POST",)

    def post(self, which: str, number: str) -> None:
        """Interrupt it, or let it never run."""
        self.session(which).cancel(number_of(unquote(number)))
        self.finish({"msg": "canceled"})


class Batches(Asked):
    """``/batches``: none, these are interactive sessions."""

    def get(self) -> None:
        """An empty list."""
        self.finish({"from": 0, "total": 0, "sessions": []})


class Version(Asked):
    """``/version``."""

    def get(self) -> None:
        """Which program this is."""
        of_no_build = dict.fromkeys(("url", "branch", "revision", "date", "user"), "")
        self.finish({**of_no_build, "version": f"hepnb {__version__}"})


class Ping(Asked):
    """``/metrics/ping``."""

    def get(self) -> None:
        """The service lives."""
        self.set_header("Content-Type", "text/plain;charset=iso-8859-1")
        self.finish("pong\n")


class Nowhere(Asked):
    """Any other address."""

    methods = ()

    async def prepare(self) -> None:
        """Say so, to those who are known."""
        await super().prepare()
        raise HTTPError(404)
