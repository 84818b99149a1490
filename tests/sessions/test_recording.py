"""What a statement said, in the protocol's words."""

import pytest

from hepnb.sessions import recording
from hepnb.sessions.recording import TABLE, Recording


def printed(text: str, name: str = "stdout") -> tuple[str, dict]:
    return "stream", {"name": name, "text": text}


def shown(kind: str = "display_data", display: str | None = None, **data: object) -> tuple[str, dict]:
    named = {"png": "image/png", "html": "text/html", "json": "application/json", "text": "text/plain", "table": TABLE}
    return kind, {
        "data": {named[name]: value for name, value in data.items()},
        "transient": {"display_id": display} if display else {},
    }


def failed(*lines: str) -> tuple[str, dict]:
    return "error", {"ename": "ValueError", "evalue": "no", "traceback": list(lines)}


def data(*messages: tuple[str, dict]) -> dict:
    output = Recording(messages).output(7)
    assert (output["status"], output["execution_count"]) == ("ok", 7)
    return output["data"]


def test_silence_is_an_empty_text():
    assert data() == {"text/plain": ""}


def test_output_comes_before_values_and_errors_after_them():
    messages = [printed("warned\n", "stderr"), printed("to "), printed("stdout\n"), shown("execute_result", text="7")]
    assert data(*messages) == {"text/plain": "to stdout\n7\nwarned"}


@pytest.mark.parametrize(("said", "kept"), [("a\n\n", "a"), ("   a\n", "   a"), ("a  \n", "a")])
def test_blanks_at_the_end_are_dropped_and_those_at_the_beginning_are_kept(said: str, kept: str):
    assert data(printed(said)) == {"text/plain": kept}


def test_blanks_of_the_last_printed_line_stay_before_a_value():
    assert data(printed("a  \n"), shown("execute_result", text="1")) == {"text/plain": "a  \n1"}


def test_a_picture_alone_is_given_as_it_is():
    assert data(shown(png="iVBO")) == {"image/png": "iVBO"}
    assert data(shown(png="iVBO", text="<Figure>")) == {"image/png": "iVBO", "text/plain": "<Figure>"}


def test_a_picture_among_text_becomes_a_page_in_the_order_of_the_statement():
    page = data(printed("a < b\n"), shown(png="iVBO\n"), shown("execute_result", html="<b>1</b>", text="1"))
    assert page == {
        "text/html": '<pre>a &lt; b\n</pre>\n<img src="data:image/png;base64,iVBO">\n<b>1</b>',
        "text/plain": "a < b\n\n1",
    }


def test_a_table_or_json_stands_alone_and_the_last_one_wins():
    assert data(printed("x\n"), shown(json=[1]), shown(table={"headers": []}, text="…")) == {TABLE: {"headers": []}}
    assert data(shown(json={"a": 1})) == {"application/json": {"a": 1}}


def test_a_display_is_renewed_where_it_stands():
    renewed = data(
        shown(display="bar", text="10 %"), printed("done\n"), shown("update_display_data", "bar", text="100 %")
    )
    assert renewed == {"text/plain": "done\n100 %"}
    recorded = Recording([shown(display="bar", text="10 %"), shown("update_display_data", "bar", text="100 %")])
    assert [kind for kind, _ in recorded.messages] == ["display_data"]


def test_an_update_of_a_display_that_was_never_shown_is_shown():
    assert data(shown("update_display_data", "other", text="1")) == {"text/plain": "1"}


def test_cleared_output_is_gone():
    assert data(printed("old\n"), ("clear_output", {"wait": False}), printed("new\n")) == {"text/plain": "new"}


def test_an_error_keeps_what_was_printed_before_it():
    output = Recording([printed("before\n"), failed("Traceback:", "ValueError: no")]).output(3)
    assert output == {
        "status": "error",
        "execution_count": 3,
        "ename": "ValueError",
        "evalue": "no",
        "traceback": ["before\n", "Traceback:\n", "ValueError: no\n"],
        "data": {"text/plain": "before"},
    }


def test_an_error_alone_has_its_traceback_alone():
    output = Recording([failed("ValueError: no")]).output(0)
    assert (output["traceback"], output["data"]) == (["ValueError: no\n"], {"text/plain": ""})


def test_text_is_cut_at_the_limit_and_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recording, "LONGEST", 10)
    cut = data(printed("12345678"), printed("90123"), printed("4"))["text/plain"]
    assert cut.startswith("1234567890\n… cut: ")
    assert "4" not in cut.removeprefix("1234567890")[:2]
    assert len(Recording([printed("x" * 11), printed("y"), printed("z")]).messages) == 1


def test_text_of_just_the_limit_is_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recording, "LONGEST", 10)
    assert data(printed("1234567890")) == {"text/plain": "1234567890"}


def test_other_messages_are_not_for_it():
    assert Recording([("status", {"execution_state": "busy"}), ("execute_input", {"code": "1"})]).messages == []


def test_what_was_heard_before_gives_the_same_output_again():
    first = Recording([printed("a\n"), shown(display="bar", png="iVBO", text="b"), failed("ValueError: no")])
    assert Recording(first.messages).output(1) == first.output(1)


@pytest.mark.parametrize("kind", ["display_data", "execute_result", "update_display_data"])
def test_what_is_too_long_to_show_is_left_out_with_a_sentence(kind: str):
    page = "x" * (recording.LONGEST + 1)
    expected = "An output of 17 million characters is left out: a statement may say 16 million characters."
    assert data(shown(kind, html=page)) == {"text/plain": expected}
    assert data(shown(kind, json={"x": page})) == {"text/plain": expected}


def test_pictures_may_still_be_bytes():
    assert recording.length({"data": {"image/png": b"\x89PNG", "text/plain": "<Figure>"}}) == 12


def test_outputs_share_one_limit():
    half = "x" * (recording.LONGEST // 2)
    kept = data(shown(html=half), shown(html=half[1:]), shown(html=half), printed("over"))
    assert kept["text/html"].count(half[1:]) == 2
    assert "An output of 8 million characters is left out" in kept["text/plain"]


def test_what_is_renewed_takes_its_place_and_no_more_room():
    half = "x" * (recording.LONGEST // 2)
    renewed = [shown("update_display_data", "one", html=f"{half}{number}") for number in range(5)]
    assert data(shown(display="one", html=half), *renewed) == {"text/html": f"{half}4"}


def test_an_error_that_is_too_long_keeps_its_beginning():
    output = Recording([("error", {"ename": "ValueError", "evalue": "x" * (17 << 20), "traceback": []})]).output(1)
    assert output["evalue"] == "x" * 1000
    assert output["traceback"][0].startswith("ValueError: xxx")
    assert output["traceback"][-1].endswith("a statement may say 16 million characters.\n")
