"""What becomes of a statement, from its arrival to its end."""

import time

import pytest

from hepnb.sessions.statements import Statement
from hepnb.sessions.tee import statement_id, statement_number

FIELDS = ["id", "code", "state", "output", "progress", "started", "completed"]


def test_a_statement_waits_runs_and_is_available():
    statement = Statement(number=3, code="print(1)")
    assert statement.as_answer() == dict(zip(FIELDS, [3, "print(1)", "waiting", None, 0.0, 0, 0], strict=True))
    statement.start()
    assert (statement.state, statement.ended, statement.completed) == ("running", False, 0)
    assert abs(statement.started / 1000 - time.time()) < 5
    statement.recording.hear("stream", {"name": "stdout", "text": "1\n"})
    statement.end()
    assert (statement.state, statement.ended, statement.progress) == ("available", True, 1.0)
    assert statement.output == {"status": "ok", "execution_count": 3, "data": {"text/plain": "1"}}
    assert statement.completed >= statement.started
    assert list(statement.as_answer()) == FIELDS


def test_a_statement_that_was_asked_to_stop_is_cancelled_when_it_ends():
    statement = Statement(number=0, code="1")
    statement.start()
    statement.state = "cancelling"
    assert not statement.ended
    statement.end()
    assert statement.state == "cancelled"


def test_a_statement_that_never_ran_has_no_output():
    statement = Statement(number=0, code="1")
    statement.drop()
    assert (statement.state, statement.output, statement.started, statement.progress) == ("cancelled", None, 0, 1.0)


def test_the_end_of_the_kernel_keeps_what_was_said():
    statement = Statement(number=0, code="1")
    statement.start()
    statement.recording.hear("stream", {"name": "stdout", "text": "half\n"})
    statement.fail("SessionEnded", "It was killed.")
    assert statement.state == "available"
    assert statement.output is not None
    assert statement.output["traceback"] == ["half\n", "It was killed.\n"]
    assert (statement.output["ename"], statement.output["evalue"]) == ("SessionEnded", "It was killed.")


def test_sql_is_a_magic_of_the_kernel():
    assert Statement(number=0, code="select 1", kind="sql").source == "%%sql\nselect 1"
    assert Statement(number=0, code="1 + 1").source == "1 + 1"


def test_a_statement_comes_back_from_what_was_written_down():
    statement = Statement(number=5, code="1", kind="sql")
    statement.start()
    statement.end()
    assert Statement.from_record(statement.as_record()) == statement


@pytest.mark.parametrize("number", [0, 7, 102])
def test_the_id_of_a_message_says_which_statement_it_is(number: int):
    assert statement_number(statement_id(number)) == number


@pytest.mark.parametrize("other", [None, "", "7", "statement-", "statement-7b", "statement--1", "statement-007", "a-7"])
def test_other_messages_are_of_no_statement(other: str | None):
    assert statement_number(other) is None
