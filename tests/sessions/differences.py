"""Where do our answers differ from Livy's, and why? docs/remote-sessions.md says the same to its readers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.sessions.comparison import NOTHING, Disagreement

REASONS = {
    "sentences": 'Every refusal has a body, `{"msg": …}` with one sentence; Livy answers that, a bare string, a Java '
    "stack, or nothing.",
    "4xx": "What will never work is 4xx, where Livy says 500: after a 500 sparkmagic sends a POST again, nine times.",
    "types": "A number is no code: Livy takes it for text.",
    "python": "Sessions run Python and SQL; Scala and R are refused.",
    "shared": "A statement without a kind is Python in a session of kind `shared`, too, and the kind `shared` is "
    "refused for statements, where Livy lets them wait for ever.",
    "owner": "`owner`, `proxyUser` and `appId` are filled: everybody is known, and a list has only the sessions of "
    "whoever asks, numbered for each user from 0 without gaps.",
    "fields": "Sessions have the fields `profile`, `notebook`, `reason` (why it ended), `idle` and `idleLimit` [s], "
    "too.",
    "log": "The log is what the service, Python and Java say, without the headings `stdout:` and `stderr:`; "
    "asked from a line without a size it has all lines that follow, because the reason of a death stands "
    "in the last one.",
    "attach": "A request with the name of an own session that lives gives that session, with the status 201, if it "
    "asks for no other settings; else 400, as in Livy.",
    "files": "Files, jars and archives are not checked when a session is asked for: the session itself reads them, "
    "as its owner.",
    "memory": "`driverMemory` and `executorMemory` are checked when a session is asked for.",
    "master": "`spark.master` is accepted and overruled, as in Livy, but by the profile.",
    "page": "The page at `/ui` is another one, and `/` sends to it without naming a host: the service stands "
    "behind the hub's proxy.",
    "gzip": "Answers of less than a kilobyte are not compressed.",
    "tracebacks": "A traceback has the lines of the source and the causes, as IPython writes it; every frame is in it.",
    "printed": "What was printed before an exception is kept: at the head of the traceback, where sparkmagic shows "
    "it, and in `output.data`.",
    "input": "`input()` fails with the exception by which Jupyter says that nobody can answer.",
    "await": "`await` works at top level.",
    "rich": "Rich outputs arrive: `text/html` and `image/png` beside `text/plain`.",
    "spark": "Messages of Spark are those of Spark 4.",
    "names": "`spark` and `sc` are ready; `sqlContext` and `HiveContext`, long deprecated in Spark, are not.",
    "home": "A session works in its owner's home, and a name does not replace `spark.app.name`.",
    "cancel": "Cancel interrupts plain Python, too; the session is idle at once, and a cancelled statement says so "
    "as a `KeyboardInterrupt`.",
    "interrupt": "`interrupt` interrupts what runs, and the session goes on; in Livy it ends the session. `stop` does "
    "what DELETE does, so that nothing is left to be deleted.",
    "completion": "Completion works for Python and needs no kind; of a session that has ended it knows nothing.",
    "magics": "A magic that cannot show a value, or that is not there, is an error of the statement; in Livy some "
    "of them end the Python process.",
    "death": "A session whose Python process dies is `error` for good, with the reason, and takes no more "
    "statements; in Livy it says `Interpreter died` to Python and goes on with SQL.",
    "kept": "Statements of a session that has ended stay readable, those that ran with the reason; cancelling "
    "them does nothing.",
    "moment": "A driver that is killed never gives a 500, and never leaves the session `idle` or `busy`.",
    "stopped": "A session whose Spark a statement has stopped is `dead`; in Livy it stays `idle` without Spark.",
    "fewer": "Refused statements use up no number.",
    "empty": "An answer without a body has no `Content-Type`.",
}
"""Group -> what is different, and why."""


@dataclass(frozen=True)
class Difference:
    """What this service answers instead.

    Attributes:
        reason: key of `REASONS`.
        exchange: pattern of ``scenario / name of the exchange``.
        ours: pattern of a place in the answer -> the value there, or a check of it.
        always: false for what depends on which of two comes first.
    """

    reason: str
    exchange: str
    ours: Mapping[str, Any]
    always: bool = True

    def place_of(self, exchange: str, found: Disagreement) -> str | None:
        """The pattern that explains a disagreement."""
        if not fnmatchcase(exchange, self.exchange):
            return None
        return next((place for place, ours in self.ours.items() if _explains(place, ours, found)), None)


def _explains(place: str, ours: Any, found: Disagreement) -> bool:
    if not fnmatchcase(found.place, place):
        return False
    return bool(ours(found.ours)) if callable(ours) else type(ours) is type(found.ours) and ours == found.ours


def matches(pattern: str) -> Callable[[Any], bool]:
    """A check of text."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def sentence(value: Any) -> bool:
    """One sentence for a person."""
    return isinstance(value, str) and "\n" not in value and not re.search(r"Exception|Error:|Traceback|\bat 0x", value)


def refusal(value: Any) -> bool:
    """The body of one."""
    return isinstance(value, dict) and list(value) == ["msg"] and sentence(value["msg"])


def lines(value: Any) -> bool:
    """At most ten lines of a log."""
    return isinstance(value, list) and len(value) <= 10 and all(isinstance(one, str) for one in value)


def log(value: Any) -> bool:
    """An answer to a question for the log; which lines are given is another test's."""
    return set(value) == {"id", "from", "total", "log"} and all(isinstance(one, str) for one in value["log"])


def traceback(value: Any) -> bool:
    """Lines that end."""
    return isinstance(value, list) and len(value) > 0 and all(one.endswith("\n") for one in value)


def printed(value: Any) -> bool:
    """Text before an error."""
    return isinstance(value, dict) and list(value) == ["text/plain"]


def statement(state: str, **output: str) -> Callable[[Any], bool]:
    """A statement that has come so far."""
    return lambda value: value["state"] == state and (value["output"] or {}) | output == (value["output"] or {})


def interrupted(value: Any) -> bool:
    """The output of a cancelled statement."""
    return isinstance(value, dict) and value["ename"] == "KeyboardInterrupt" and traceback(value["traceback"])


def session(value: Any) -> bool:
    """A session."""
    return {"id", "name", "state", "log"} <= set(value)


def statements(value: Any) -> bool:
    """A list of them."""
    return value["total_statements"] == len(value["statements"]) == 2


def number(value: Any) -> bool:
    """A count or a time."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


_REFUSED = {"status": 400, "json": refusal}
_NOT_THERE = {"status": 404, "json": refusal}
_NOT_POSTED = _REFUSED | {"header Location": NOTHING}
_RUNS = "statements: running, queued, cancelled / "
_ERROR = {
    "json.output.status": "error",
    "json.output.traceback": traceback,
    "json.output.data.text/plain": "",
}

DIFFERENCES = (
    # addresses
    Difference("page", "server / root", {"header Location": "/ui"}),
    Difference("page", "server / user interface page*", {"html": matches("Remote Spark sessions.*")}),
    Difference("gzip", "server / list sessions, gzip accepted", {"header Content-Encoding": NOTHING}),
    Difference("sentences", "server / unknown address", {"header Content-Type": "application/json;charset=utf-8"}),
    Difference("empty", "stop and interrupt / stop", {"header Content-Type": NOTHING}),
    # what there is more of
    Difference("owner", "*", {"json*.owner": matches("[a-z]+"), "json*.proxyUser": matches("[a-z]+")}),
    Difference("owner", "*", {"json*.appId": matches(r"local-\d+")}),
    Difference("fields", "*", {"json*.profile": "local", "json*.notebook": None, "json*.reason": sentence}),
    Difference("fields", "*", {"json*.idle": number, "json*.idleLimit": number}),
    Difference("log", "*", {"json.log": lines, "json.sessions.0.log": lines}),
    Difference("log", "* / *log*", {"json": log, "facts.total": number, "facts.lines": number}),
    Difference("log", "session log / log size=-1: everything", {"facts.headings": lines}),
    # what is refused otherwise
    Difference("4xx", "create session / post a statement while the session is starting", _REFUSED),
    Difference("4xx", "create session / JSON null*", _REFUSED),
    Difference("4xx", "create session / driverCores is not a number*", _REFUSED),
    Difference("4xx", "statements: other kinds / kind unknown: post", _REFUSED),
    Difference("4xx", "statements: refused / no code", _REFUSED),
    Difference("4xx", "statements: refused / code is null", _REFUSED),
    Difference("4xx", "other session calls / completion of an unknown kind", _REFUSED),
    Difference("4xx", "the driver dies / post another statement", _REFUSED),
    Difference("4xx", "the driver cannot start / post a statement", _REFUSED),
    Difference("types", "statements: refused / code is a number", _NOT_POSTED),
    Difference("python", "statements: other kinds / kind spark*: post", _NOT_POSTED),
    Difference("python", "statements: other kinds / kind spark*: result", _NOT_THERE),
    Difference("python", "shared session / kind is sparkr*: post", _NOT_POSTED),
    Difference("python", "shared session / kind is sparkr*: result", _NOT_THERE),
    Difference("python", "other session calls / completion spark (Scala)", _REFUSED),
    Difference("shared", "shared session / statement of kind shared: post", _NOT_POSTED),
    Difference("shared", "shared session / statement of kind shared: five seconds later", _NOT_THERE),
    Difference(
        "shared",
        "shared session / statement without kind",
        {"status": 201, "header Location": matches(r"/sessions/\d+/statements/\d+"), "json": statement("running")},
    ),
    Difference("memory", "the driver cannot start / new session", _NOT_POSTED),
    Difference("memory", "the driver cannot start / *", {"json.driverMemory": "1m", "states": ["starting", "dead"]}),
    Difference("kept", "the driver cannot start / get a statement", _NOT_THERE),
    # sessions
    Difference(
        "attach",
        "create session / same name again",
        {"status": 201, "header Location": "/sessions/0", "json": session},
    ),
    Difference(
        "files",
        "create session / files that the server may not read",
        {"status": 201, "header Location": matches(r"/sessions/\d+"), "json": session},
    ),
    Difference("master", "magics gone wrong / the server's own*", {"json.output.data.text/plain": "'local[*]'"}),
    Difference("interrupt", "stop and interrupt / session afterwards", {"json.state": "idle"}),
    Difference(
        "interrupt",
        "stop and interrupt / statement afterwards",
        {"status": 200, "json": statement("cancelled", ename="KeyboardInterrupt")},
    ),
    Difference(
        "interrupt",
        "stop and interrupt / post a statement afterwards",
        {"status": 201, "header Location": matches(r"/sessions/\d+/statements/1"), "json": statement("running")},
    ),
    Difference("interrupt", "stop and interrupt / delete", _NOT_THERE),
    # what statements say
    Difference(
        "printed",
        "statements: results / print, then an error: result",
        {
            "json.output.data": {"text/plain": "printed before the error"},
            "json.output.traceback": lambda value: value[0] == "printed before the error\n",
        },
    ),
    Difference("names", "statements: results / names that are ready in the session: result", _ERROR),
    Difference(
        "names",
        "statements: results / names that are ready in the session: result",
        {"json.output.ename": "NameError", "json.output.evalue": "name 'sqlContext' is not defined"},
    ),
    Difference(
        "input",
        "statements: results / input: result",
        {"json.output.ename": "StdinNotImplementedError", "json.output.evalue": sentence},
    ),
    Difference(
        "await",
        "statements: results / top-level await: result",
        {"json.output.ename": "TypeError", "json.output.evalue": matches("object NoneType can't be used in 'await'.*")},
    ),
    Difference(
        "rich",
        "statements: results / SparkSession as value*: result",
        {
            "json.output.data.text/plain": matches(r"<pyspark.sql.session.SparkSession at 0x[0-9a-f]+>"),
            "json.output.data.text/html": matches(".*<div>.*"),
        },
    ),
    Difference("rich", "statements: results / %matplot magic: result", {"json.output.data.text/plain": NOTHING}),
    # The same bytes where Matplotlib is the same.
    Difference(
        "rich",
        "statements: results / %matplot magic: result",
        {"json.output.data.image/png": matches("iVBORw0KGgo.*")},
        always=False,
    ),
    Difference(
        "spark",
        "statements: results / error in a Spark task: result",
        {"json.output.ename": "PythonException", "json.output.evalue": matches(".*ZeroDivisionError.*")},
    ),
    Difference("spark", "statements: * / *: result", {"json.output.evalue": matches(r"\[TABLE_OR_VIEW_NOT_FOUND\].*")}),
    Difference(
        "spark", "statements: other kinds / kind sql, error: result", {"json.output.ename": "AnalysisException"}
    ),
    Difference(
        "home",
        "statements: results / process of the driver: result",
        {"json.output.data.text/plain": matches(r"python[0-9.]* True local\[\*\] recording")},
    ),
    Difference(
        "tracebacks", "statements: results / *", {"json.output.evalue": matches(r".*\([0-9]+\.py, line [0-9]\)")}
    ),
    # cancelling
    Difference(
        "cancel",
        f"{_RUNS}cancel a running Spark job: *",
        {
            "json.output.ename": "KeyboardInterrupt",
            "json.output.evalue": "the cell was interrupted, and Spark's jobs are cancelled.",
        },
    ),
    Difference("cancel", f"{_RUNS}cancel plain Python: the statement afterwards", {"json.output": interrupted}),
    Difference(
        "cancel",
        f"{_RUNS}cancel plain Python: session *",
        {"json.state": "idle", "states": ["idle"]},
    ),
    Difference(
        "cancel",
        f"{_RUNS}cancel plain Python: the statement after the loop ended by itself",
        _ERROR | {"json.output.ename": "KeyboardInterrupt", "json.output.evalue": ""},
    ),
    Difference(
        "cancel",
        "statements: list / list ?from=0&size=2&order=desc",
        {
            "json.statements.1.output.status": "error",
            "json.statements.1.output.ename": "KeyboardInterrupt",
            "json.statements.1.output.evalue": "",
            "json.statements.1.output.traceback": traceback,
            "json.statements.1.output.data.text/plain": "",
        },
    ),
    Difference("fewer", "statements: list / list *", {"json.total_statements": 54, "facts.total_statements": 54}),
    Difference(
        "fewer",
        "statements: list / list without arguments",
        {"facts.statements": 54, "facts.ids": [0, 1, 2, "...", 51, 52, 53]},
    ),
    # completion
    Difference("completion", "other session calls / completion *", {"json.candidates": ["range"]}),
    Difference(
        "completion",
        "other session calls / completion without kind",
        {"status": 200, "json": {"candidates": ["range"]}},
    ),
    Difference("completion", "the driver dies / completion", {"status": 200, "json": {"candidates": []}}),
    # magics
    Difference(
        "magics",
        "magics gone wrong / unknown magic: result",
        {"json.output.ename": "UsageError", "json.output.evalue": "Line magic function `%frobnicate` not found."},
    ),
    Difference(
        "magics",
        "magics gone wrong / %json with an unknown name: result",
        _ERROR
        | {
            "json.output.ename": "MissingNameError",
            "json.output.evalue": sentence,
            "json.output.data.msg_type": NOTHING,
            "json.output.data.content": NOTHING,
        },
    ),
    Difference(
        "magics",
        "magics gone wrong / %*: result",
        {"json.output.ename": "WrongTypeError", "json.output.evalue": sentence},
    ),
    Difference(
        "magics",
        "magics gone wrong / is Python alive*: result",
        {
            "json.output.status": "ok",
            "json.output.data": {"text/plain": "2"},
            "json.output.ename": NOTHING,
            "json.output.evalue": NOTHING,
            "json.output.traceback": NOTHING,
        },
    ),
    Difference("magics", "magics gone wrong / session state*", {"json.state": "idle"}),
    # deaths
    Difference(
        "death",
        "the Python process dies / os._exit(1): result",
        {"json.output.ename": "SessionEnded", "json.output.evalue": matches(".* ended by itself with exit code 1: .*")},
    ),
    Difference("death", "the Python process dies / another statement*: post", _NOT_POSTED),
    Difference("death", "the Python process dies / another statement*: result", _NOT_THERE),
    Difference("death", "the Python process dies / state after that", {"json.state": "error"}),
    Difference("fewer", "the Python process dies / list of statements still there", {"json.total_statements": 2}),
    Difference(
        "moment",
        "the driver dies / kill the driver",
        {"status": 201, "header Location": matches(r"/sessions/\d+/statements/1"), "json": statement("running")},
    ),
    Difference("moment", "the driver dies / session afterwards (10 s)", {"states": ["busy", "idle", "dead"]}),
    Difference("kept", "the driver dies / the * statement", {"status": 200, "json": statement("available")}),
    Difference(
        "kept", "the driver dies / the statement that killed it", {"status": 200, "json": statement("available")}
    ),
    Difference("kept", "the driver dies / list of statements", {"status": 200, "json": statements}),
    Difference("kept", "the driver dies / cancel", {"status": 200, "json": {"msg": "canceled"}}),
    Difference(
        "moment", "the driver dies while a statement runs / session", {"states": ["busy", "dead"], "json.state": "dead"}
    ),
    Difference("moment", "the driver dies while a statement runs / statement", {"states": ["available"]}),
    Difference(
        "stopped",
        "sc.stop() in a statement / session afterwards (6 s)",
        {"states": ["busy", "idle", "dead"]},
    ),
    Difference(
        "stopped",
        "sc.stop() in a statement / sc.stop(): result",
        _ERROR | {"json.output.ename": "SessionEnded", "json.output.evalue": "Spark was stopped by a statement."},
        always=False,
    ),
    Difference("stopped", "sc.stop() in a statement / plain Python afterwards: post", _NOT_POSTED),
    Difference("stopped", "sc.stop() in a statement / plain Python afterwards: result", _NOT_THERE),
    # of all answers
    Difference("tracebacks", "*", {"json.output.traceback": traceback}),
    Difference("printed", "*", {"json.output.data": printed}),
    Difference("sentences", "*", {"json": refusal, "json.msg": sentence, "facts.body": refusal}),
)


def wanted(exchange: str, states: list[str]) -> list[str]:
    """The states that an exchange ends with here."""
    for difference in DIFFERENCES:
        if fnmatchcase(exchange, difference.exchange):
            ours = difference.ours.get("states") or difference.ours.get("json.state")
            if isinstance(ours, list):
                return ours
            if isinstance(ours, str):
                return [ours]
    return states
