"""What is found again when the service starts anew."""

import json
import stat
from pathlib import Path

import pytest

from hepnb.sessions.records import KEPT, Record, Shelf
from hepnb.sessions.statements import Statement


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def record(shelf: Shelf, owner: str = "anna", number: int | None = None) -> Record:
    number = shelf.next_number(owner) if number is None else number
    return Record(
        folder=shelf.place(owner, number),
        owner=owner,
        number=number,
        fields={"name": "first", "kind": "pyspark"},
        profile="small",
        options={"spark.ui.enabled": "false"},
        memory=1 << 30,
        idle_timeout=3600,
        ttl=None,
        heartbeat=0,
        notebook="a.ipynb",
        created=1.5,
        key="k",
        token="t",  # noqa: S106 - opens nothing
    )


def test_a_record_comes_back_as_it_was(shelf: Shelf):
    saved = record(shelf)
    saved.started, saved.ended, saved.reason = {"process": 1}, "dead", "It was killed."
    saved.save()
    assert list(shelf.records()) == [saved]


def test_nobody_else_may_read_a_record(shelf: Shelf):
    saved = record(shelf)
    saved.save()
    saved.keep(Statement(number=0, code="secret"))
    for path in saved.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(saved.folder.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"owner": "anna"}', '{"colour": "blue"}'])
def test_a_damaged_record_is_left_out_and_the_others_are_found(content: str, shelf: Shelf):
    damaged, good = record(shelf), record(shelf)
    damaged.save()
    good.save()
    (damaged.folder / "record.json").write_text(content)
    assert list(shelf.records()) == [good]


def test_a_forgotten_record_is_gone(shelf: Shelf):
    saved = record(shelf)
    saved.save()
    saved.remove()
    assert list(shelf.records()) == []
    assert not saved.folder.exists()


def test_numbers_are_dense_for_each_owner_and_never_used_twice(shelf: Shelf):
    assert [shelf.next_number("anna") for _ in range(3)] == [0, 1, 2]
    assert shelf.next_number("bert") == 0
    assert Shelf(shelf.folder).next_number("anna") == 3


@pytest.mark.parametrize("content", ["", "abc"])
def test_numbers_go_on_where_the_counter_was_damaged(content: str, shelf: Shelf):
    for _ in range(2):
        record(shelf).save()
    (shelf.place("anna", 0).parent / "next").write_text(content)
    assert shelf.next_number("anna") == 2


@pytest.mark.parametrize("owner", ["../anna", "a/b", ".", "ännä", "A" * 300])
def test_hostile_names_stay_on_the_shelf(owner: str, shelf: Shelf):
    place = record(shelf, owner).folder.resolve()
    assert place.is_relative_to(shelf.folder.resolve())
    assert len(place.relative_to(shelf.folder.resolve()).parts) == 2


def test_lines_of_the_log_stay_in_their_order(shelf: Shelf):
    saved = record(shelf)
    saved.save()
    saved.note("one")
    saved.note("zwölf")
    assert saved.log.read_text(encoding="utf-8") == "one\nzwölf\n"


def test_the_last_statements_are_kept(shelf: Shelf):
    saved = record(shelf)
    saved.save()
    for number in range(KEPT + 3):
        saved.keep(Statement(number=number, code=str(number)))
    assert [statement.number for statement in saved.statements()] == list(range(3, KEPT + 3))


def test_a_damaged_statement_is_left_out(shelf: Shelf):
    saved = record(shelf)
    saved.save()
    for number in range(2):
        saved.keep(Statement(number=number, code="1"))
    (saved.folder / "statements" / "0.json").write_text(json.dumps({"colour": "blue"}))
    assert [statement.number for statement in saved.statements()] == [1]
