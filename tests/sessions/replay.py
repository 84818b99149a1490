"""The recorded conversation with Livy, sent to this service."""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.sessions.comparison import NOTHING, Disagreement, disagreements
from tests.sessions.serving import PATIENCE, Client

Exchange = dict[str, Any]

NOWHERE = 100_000
"""Added to numbers that the recording knows and this service does not: nothing has such a number here."""

STAND_INS = {
    # Its driverMemory is refused here; this one is not, and Java cannot run with it either.
    ("the driver cannot start", "new session"): {
        "kind": "pyspark",
        "driverMemory": "1m",
        "conf": {"spark.ui.enabled": "false"},
    },
}
"""Requests that are sent as well, where the recorded one is refused and its session is needed afterwards."""

_DRIVER = "next(one.pid for one in __import__('psutil').process_iter() if one.name() == 'java')"
"""The driver is the kernel's child here, and not its parent."""

_BEFORE_THE_END = ("waiting", "running")
_STATES = re.compile(r"/sessions/[^/]+(/state|/statements/\d+)?")
_AGAIN = 0.05  # [s]


@dataclass
class Outcome:
    """What became of an exchange."""

    scenario: str
    name: str
    differ: list[Disagreement]

    @property
    def exchange(self) -> str:
        """Scenario and name."""
        return f"{self.scenario} / {self.name}"


@dataclass
class Replay:
    """One user of this service, who says what Livy was asked.

    Attributes:
        client: that sends.
        wanted: says how an exchange ends here: exchange, recorded states -> states.
        sessions: recorded number -> our number.
        statements: recorded numbers of session and statement -> our number of the statement.
    """

    client: Client
    wanted: Callable[[str, list[str]], list[str]]
    sessions: dict[int, int] = field(default_factory=dict)
    statements: dict[tuple[int, int], int] = field(default_factory=dict)

    def play(self, scenario: str, exchanges: list[Exchange]) -> Iterator[Outcome]:
        """Send the exchanges of a scenario in their order."""
        exchanges = json.loads(json.dumps(exchanges).replace("os.getppid()", _DRIVER))
        while exchanges:
            exchange = exchanges.pop(0)
            if exchanges and "while the delete is under way" in exchanges[0]["name"]:
                # The recorder looked on from beside.
                with ThreadPoolExecutor() as beside:
                    seen = beside.submit(self._outcome, scenario, exchanges.pop(0))
                    yield self._outcome(scenario, exchange)
                    yield seen.result()
            else:
                yield self._outcome(scenario, exchange)

    def _outcome(self, scenario: str, exchange: Exchange) -> Outcome:
        name = f"{scenario} / {exchange['name']}"
        if "facts" in exchange:
            found = list(disagreements(exchange["facts"], self._facts(exchange), "facts"))
        elif "seen_in_order" in exchange:
            found = self._polled(name, exchange)
        elif "states_in_order" in exchange:
            found = self._result(name, exchange)
        else:
            found = self._answered(scenario, name, exchange)
        return Outcome(scenario, exchange["name"], found)

    def _answered(self, scenario: str, name: str, exchange: Exchange) -> list[Disagreement]:
        request, recorded = exchange["request"], exchange["response"]
        if request["path"].endswith("/statements") and request["method"] == "POST" and recorded["status"] == 201:
            self._until_started(request["path"])
        answer = self._send(request)
        state = recorded.get("json", {}).get("state") if isinstance(recorded.get("json"), dict) else None
        if request["method"] == "GET" and state is not None and _STATES.fullmatch(request["path"]):
            end = self.wanted(name, [state])[-1]
            answer = self._until(lambda: self._send(request), lambda one: _state(one) == end or one.status_code != 200)
        if (request["method"] == "POST" and answer.status_code == 201) or recorded["status"] == 201:
            self._learn(request["path"], recorded, answer)
        found = list(self._differ(request, recorded, answer))
        if (stand_in := STAND_INS.get((scenario, exchange["name"]))) is not None:
            self._learn(request["path"], recorded, self.client.send("POST", request["path"], json=stand_in))
        return found

    def _result(self, name: str, exchange: Exchange) -> list[Disagreement]:
        """A statement, looked at until it has ended."""
        legal = self.wanted(name, exchange["states_in_order"])
        answer = self._until(
            lambda: self._send(exchange["request"]),
            lambda one: _state(one) in ("available", "cancelled") or one.status_code != 200,
        )
        found = list(self._differ(exchange["request"], exchange["response"], answer))
        as_it_ended = _state(answer) in (legal[-1], f"HTTP {answer.status_code}")
        return found if as_it_ended else [*found, Disagreement("states", legal, [_state(answer)])]

    def _polled(self, name: str, exchange: Exchange) -> list[Disagreement]:
        """The same request again and again, until the last recorded state."""
        recorded = list(dict.fromkeys(one["state"] for one in exchange["seen_in_order"]))
        end = self.wanted(name, recorded)
        poll = exchange.get("poll")
        legal = [*_BEFORE_THE_END, *end] if poll is not None and "/statements/" in poll["path"] else end
        seen: dict[str, requests.Response | None] = {}
        progress = []
        deadline = time.monotonic() + PATIENCE
        while legal[-1] not in seen and time.monotonic() < deadline:
            if poll is None:  # of a session in the list
                answer, state = None, self._state_in_list()
            else:
                answer = self._send(poll)
                state = _state(answer)
                progress.append(answer.json().get("progress", 0.0) if answer.ok else 0.0)
            seen.setdefault(state, answer)
            time.sleep(_AGAIN)
        found = []
        if not _is_part_of(list(seen), legal) or list(seen)[-1] != legal[-1]:
            found.append(Disagreement("states", recorded, list(seen)))
        elif end != recorded:
            found.append(Disagreement("states", recorded, end))
        answers = {
            one["json"]["state"]: one for one in exchange.get("first_answer_for_each", [])[::-1] if _has_state(one)
        }
        if "last_answer" in exchange:
            answers[recorded[-1]] = exchange["last_answer"]
        for state, answer in seen.items():
            if state in answers and answer is not None:
                found += self._differ(poll, answers[state], answer)
        if "progress" in exchange["seen_in_order"][-1] and not _rises(progress):
            found.append(Disagreement("progress", exchange["seen_in_order"], progress))
        return found

    def _state_in_list(self) -> str:
        number = max(self.sessions.values())
        listed = {one["id"]: one["state"] for one in self.client.send("GET", "/sessions").json()["sessions"]}
        return str(listed.get(number, "not in the list"))

    def _facts(self, exchange: Exchange) -> dict[str, Any]:
        """What is counted from answers that are too long to be written down."""
        if exchange["name"] == "unknown address, gzip accepted":
            answer = self.client.send("GET", "/nothing-here", headers={"Accept-Encoding": "gzip"})
            return {
                "status": answer.status_code,
                "Content-Type": _plain(answer.headers["Content-Type"]),
                "Content-Encoding": answer.headers.get("Content-Encoding"),
                "body": answer.json(),
            }
        if exchange["name"].startswith("103 statements"):
            number = self.sessions[20]
            for count in range(103):
                answer = self.client.send("POST", f"/sessions/{number}/statements", json={"code": str(count)})
            self.client.wait(number, "idle")
            return {"last status": answer.status_code, "last id": answer.json()["id"]}
        answer = self._send(exchange["request"])
        body = answer.json()
        if "log" in body:
            told = {"from": body["from"], "total": body["total"], "lines": len(body["log"])}
            headings = {"headings": body["log"][:2]} if "headings" in exchange["facts"] else {}
            return {"status": answer.status_code} | told | headings
        ids = [one["id"] for one in body["statements"]]
        every = {
            "status": answer.status_code,
            "total_statements": body["total_statements"],
            "statements": len(ids),
            "fields of the answer": sorted(body),
            "fields of a statement": sorted(body["statements"][0]),
            "first id": ids[0],
            "last id": ids[-1],
            "ids in order": ids == sorted(ids),
            "ids": [*ids[:3], "...", *ids[-3:]],
        }
        return {key: value for key, value in every.items() if key in exchange["facts"]}

    def _send(self, request: dict[str, Any]) -> requests.Response:
        options: dict[str, Any] = {"headers": {"Accept-Encoding": "identity"} | request.get("headers", {})}
        if "json" in request:
            options["data"] = json.dumps(request["json"])
        if "body" in request:
            options["data"] = request["body"]
        if "query" in request:
            options["params"] = request["query"]
        return self.client.send(request["method"], self._our_path(request["path"]), allow_redirects=False, **options)

    def _our_path(self, path: str) -> str:
        found = re.match(r"/sessions/(\d+)(?:/statements/(\d+))?", path)
        if found is None:
            return path
        session = int(found[1])
        ours = f"/sessions/{self.sessions.get(session, session)}"
        if found[2] is not None:
            ours += f"/statements/{self.statements.get((session, int(found[2])), int(found[2]))}"
        return ours + path[found.end() :]

    def _learn(self, path: str, recorded: dict[str, Any], answer: requests.Response) -> None:
        """Which number of ours stands for the recorded one."""
        theirs = [int(one) for one in re.findall(r"/(\d+)", recorded["headers"].get("Location", ""))]
        ours = [int(one) for one in re.findall(r"/(\d+)", answer.headers.get("Location", ""))]
        if not theirs:
            if path == "/sessions" and ours[0] not in self.sessions.values():
                # Livy refused it, so that nobody will ask for it again.
                self.client.send("DELETE", f"/sessions/{ours[0]}")
        elif path == "/sessions":
            self.sessions[theirs[0]] = ours[0] if ours else theirs[0] + NOWHERE
        else:
            self.statements[theirs[0], theirs[1]] = ours[1] if ours else theirs[1] + NOWHERE

    def _until_started(self, path: str) -> None:
        which = self._our_path(path).removesuffix("/statements")
        self._until(
            lambda: self.client.send("GET", f"{which}/state"), lambda one: not one.ok or _state(one) != "starting"
        )

    def _until(
        self, ask: Callable[[], requests.Response], enough: Callable[[requests.Response], bool]
    ) -> requests.Response:
        deadline = time.monotonic() + PATIENCE
        while not enough(answer := ask()) and time.monotonic() < deadline:
            time.sleep(_AGAIN)
        return answer

    def _differ(
        self, request: dict[str, Any], recorded: dict[str, Any], answer: requests.Response
    ) -> Iterator[Disagreement]:
        yield from disagreements(recorded["status"], answer.status_code, "status")
        for name in ("Content-Type", "Content-Encoding", "Location", "Allow"):
            theirs, ours = recorded["headers"].get(name, NOTHING), answer.headers.get(name, NOTHING)
            theirs = self._our_path(theirs) if name == "Location" else theirs
            yield from disagreements(_plain(theirs), _plain(ours), f"header {name}")
        if "html_as_text" in recorded:
            yield from disagreements(recorded["html_as_text"], _text_of(answer.text), "html")
            return
        said, ours = recorded.get("json", recorded.get("text")), _body(answer)
        session = re.match(r"/sessions/(\d+)", request["path"])
        theirs = self._in_our_numbers(said, None if session is None else int(session[1]))
        if answer.status_code != recorded["status"] or "log" in request["path"]:
            # Answers of two kinds, or of so many lines as there are.
            found = list(disagreements(theirs, ours, "json"))
            yield from [Disagreement("json", theirs, ours)] if found else []
            return
        if request["method"] == "POST" and isinstance(theirs, dict) and isinstance(ours, dict):
            theirs = _as_far_as(theirs, ours)
        yield from disagreements(theirs, ours, "json")

    def _in_our_numbers(self, value: Any, session: int | None) -> Any:
        """A recorded answer, with our numbers in the place of Livy's."""
        if isinstance(value, list):
            return [self._in_our_numbers(one, session) for one in value]
        if isinstance(value, str):
            return re.sub(r"(?<=^Session ')\d+", lambda one: str(self.sessions.get(int(one[0]), one[0])), value)
        if not isinstance(value, dict):
            return value
        changed = {key: self._in_our_numbers(one, session) for key, one in value.items()}
        if "code" in value and "id" in value and session is not None:
            changed["id"] = self.statements.get((session, value["id"]), value["id"])
            if isinstance(changed.get("output"), dict):
                changed["output"]["execution_count"] = changed["id"]
        elif "id" in value:
            changed["id"] = self.sessions.get(value["id"], value["id"])
        return changed


def _as_far_as(recorded: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """The recorded answer to the post of a statement, if it had come as far as ours has."""
    state = ours.get("state")
    if state == recorded.get("state") or state not in (*_BEFORE_THE_END, "available"):
        return recorded
    ended = state == "available"
    return recorded | {
        "state": state,
        "started": 0 if state == "waiting" else "<EPOCH_MS>",
        "completed": "<EPOCH_MS>" if ended else 0,
        "progress": 1.0 if ended else 0.0,
        "output": ours["output"] if ended else None,
    }


def _state(answer: requests.Response) -> str:
    return str(answer.json()["state"]) if answer.ok else f"HTTP {answer.status_code}"


def _is_part_of(seen: list[str], legal: list[str]) -> bool:
    """Whether they came in that order; short ones are often missed."""
    rest = iter(legal)
    return all(state in rest for state in seen)


def _rises(progress: list[float]) -> bool:
    middle = any(0 < one < 1 for one in progress)
    return middle and progress == sorted(progress) and progress[0] == 0 and progress[-1] == 1


def _has_state(answer: dict[str, Any]) -> bool:
    return isinstance(answer.get("json"), dict) and "state" in answer["json"]


def _plain(header: str) -> str:
    return header.lower().replace("; ", ";") if "charset" in header.lower() else header


def _body(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text or None


def _text_of(page: str) -> str:
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())
