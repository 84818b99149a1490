"""The contract: every exchange that was recorded with a real Livy, asked of this service."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hepnb.sessions.answers import log_window
from tests.conftest import REAL_DATA
from tests.sessions.comparison import Disagreement
from tests.sessions.differences import DIFFERENCES, REASONS, wanted
from tests.sessions.replay import Outcome, Replay
from tests.sessions.serving import Client, service

CONTRACT = REAL_DATA / "livy" / "contract.json"
PAGE = Path(__file__).parents[2] / "docs" / "remote-sessions.md"

LANES = {
    "anna": [
        "server",
        "create session: refused",
        "create session",
        "session list",
        "session log",
        "statements: results",
        "statements: other kinds",
        "statements: refused",
        "statements: running, queued, cancelled",
        "statements: list",
        "other session calls",
        "delete session",
    ],
    "bert": [
        "stop and interrupt",
        "heartbeat",
        "the driver dies",
        "sc.stop() in a statement",
        "the driver cannot start",
        "the driver dies while a statement runs",
    ],
    "carl": [
        "shared session",
        "magics gone wrong",
        "the Python process dies",
        "session names",
        "retained statements",
        "delete while busy",
    ],
}
"""User -> the scenarios that this user plays, in the order of the recording's sessions."""


@pytest.fixture(scope="module")
def contract(real_data: Path) -> dict[str, Any]:
    return json.loads((real_data / "livy" / "contract.json").read_text(encoding="utf-8"))["scenarios"]


@pytest.fixture(scope="module")
def outcomes(contract: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    """All scenarios, played once."""
    with service(tmp_path_factory.mktemp("contract") / "data") as running, ThreadPoolExecutor() as users:

        def play(user: str) -> dict[str, list[Outcome]]:
            replay = Replay(Client(running, user), wanted)
            return {scenario: list(replay.play(scenario, contract[scenario]["exchanges"])) for scenario in LANES[user]}

        return {scenario: found for played in users.map(play, LANES) for scenario, found in played.items()}


def explanation(exchange: str, found: Disagreement) -> tuple[int, str] | None:
    """The first difference in the table that explains a disagreement, and the place in it."""
    for at, difference in enumerate(DIFFERENCES):
        if (place := difference.place_of(exchange, found)) is not None:
            return at, place
    return None


@pytest.mark.parametrize("scenario", [scenario for lane in LANES.values() for scenario in lane])
def test_answers_are_livys_but_for_the_differences_that_have_a_reason(
    scenario: str, outcomes: dict[str, list[Outcome]]
):
    unexplained = [
        f"{outcome.exchange}: {found.place} is {found.ours!r} instead of {found.recorded!r}"
        for outcome in outcomes[scenario]
        for found in outcome.differ
        if explanation(outcome.exchange, found) is None
    ]
    assert not unexplained, "\n".join(unexplained)


def test_every_exchange_was_sent(contract: dict[str, Any], outcomes: dict[str, list[Outcome]]):
    assert {scenario: [outcome.name for outcome in played] for scenario, played in outcomes.items()} == {
        scenario: [exchange["name"] for exchange in content["exchanges"]] for scenario, content in contract.items()
    }


def test_no_difference_is_listed_that_is_none(outcomes: dict[str, list[Outcome]]):
    used = {
        explanation(outcome.exchange, found)
        for played in outcomes.values()
        for outcome in played
        for found in outcome.differ
    }
    stale = [
        f"{difference.exchange}: {place}"
        for at, difference in enumerate(DIFFERENCES)
        for place in difference.ours
        if difference.always and (at, place) not in used
    ]
    assert not stale, "\n".join(stale)


def test_the_page_for_users_gives_every_reason():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert [reason for reason in REASONS.values() if reason not in page] == []
    assert {difference.reason for difference in DIFFERENCES} == set(REASONS)


def test_a_log_is_cut_as_livy_cuts_it(contract: dict[str, Any]):
    for exchange in contract["session log"]["exchanges"]:
        query = {name: int(text) for name, text in exchange["request"].get("query", {}).items() if text != "abc"}
        told = exchange["facts"] if "facts" in exchange else exchange["response"]["json"]
        if "total" in told:
            lines = [str(number) for number in range(told["total"])]
            first, shown = log_window(lines, query.get("from"), query.get("size"))
            assert (first, len(shown)) == (told["from"], told.get("lines", len(told.get("log", []))))
            assert shown == lines[first : first + len(shown)]
