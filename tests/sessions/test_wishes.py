"""What may be asked of the service: only what makes sense."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.cluster.profiles import Profile
from hepnb.errors import InputError, MissingNameError
from hepnb.sessions.wishes import (
    LARGEST,
    CompletionWish,
    SessionWish,
    StatementWish,
    body_of,
    completion_wish,
    number_of,
    session_wish,
    statement_wish,
)
from tests.sessions.serving import Client, Service, service

FIELDS = sorted(session_wish({}, owner="anna").fields)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
GB = 1 << 30


def wish(**body: object) -> SessionWish:
    return session_wish(body, owner="anna")


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=9), VALUES, max_size=4))
def test_any_object_gives_a_wish_for_a_session_or_an_input_error(body: dict[str, object]):
    with suppress(InputError, MissingNameError):
        assert isinstance(session_wish(body, owner="anna"), SessionWish)


@given(st.dictionaries(st.sampled_from(["code", "kind", "msg_type", "cursor"]) | st.text(max_size=9), VALUES))
def test_any_object_gives_a_wish_for_a_statement_and_a_completion_or_an_input_error(body: dict[str, object]):
    for wished, kind in ((statement_wish, StatementWish), (completion_wish, CompletionWish)):
        with suppress(InputError):
            assert isinstance(wished(body), kind)


@given(st.binary(max_size=200))
def test_any_body_gives_an_object_or_an_input_error(raw: bytes):
    with suppress(InputError):
        assert isinstance(body_of(raw), dict)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"[" * 100_000, "The body is no JSON: it is nested too deeply."),
        (b'{"a":' * 100_000, "The body is no JSON: it is nested too deeply."),
        (b" " * (LARGEST + 1), "The body has 8388609 bytes; send at most 8388608."),
        (b"null", "The body is a JSON null; send an object."),
        (b"[]", "The body is a JSON array; send an object."),
        (b"1.5", "The body is a JSON number; send an object."),
        (b'"a"', "The body is a JSON string; send an object."),
        (b"true", "The body is a JSON boolean; send an object."),
    ],
)
def test_a_body_that_is_no_object_is_refused(raw: bytes, sentence: str):
    with pytest.raises(InputError) as refused:
        body_of(raw)
    assert str(refused.value) == sentence


def test_what_is_not_said_has_the_protocols_own_value():
    fields = wish().fields
    assert fields["kind"] == "shared"
    assert [fields[name] for name in ("name", "driverMemory", "driverCores", "jars", "conf", "ttl")] == [
        None,
        None,
        0,
        [],
        {},
        None,
    ]
    assert (wish().profile, wish().idle_timeout, wish().ttl, wish().heartbeat) == ("local", None, None, 0)


@pytest.mark.parametrize("kind", ["pyspark", "python", "python3"])
def test_python_has_three_names(kind: str):
    assert wish(kind=kind).fields["kind"] == "pyspark"
    assert statement_wish({"code": "1", "kind": kind}).kind == "pyspark"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"kind": "cobol"},
            "Invalid kind: this service has no 'cobol'; it has 'pyspark', 'python', 'python3', 'shared'.",
        ),
        ({"kind": "spark"}, "Invalid kind: spark; these sessions run Python, ask for 'pyspark'."),
        ({"kind": 1}, "The field 'kind' is a JSON number; send a string."),
        (
            {"name": "777"},
            "Rejected, Reason: Invalid session name: 777; take 1 to 200 characters, and not only digits.",
        ),
        ({"name": ["a"]}, "The field 'name' is a JSON array; send a string."),
        ({"driverMemory": "lots"}, "The field 'driverMemory' is 'lots'; write a size such as 512m or 2g."),
        ({"driverCores": "two"}, "The field 'driverCores' is \"two\"; send a whole number."),
        ({"driverCores": True}, "The field 'driverCores' is true; send a whole number."),
        ({"numExecutors": -1}, "The field 'numExecutors' is -1; send a whole number."),
        (
            {"heartbeatTimeoutInSecond": 1 << 31},
            "The field 'heartbeatTimeoutInSecond' is 2147483648; send a whole number.",
        ),
        ({"jars": "a.jar"}, "The field 'jars' must be a list of strings."),
        ({"files": [1]}, "The field 'files' must be a list of strings."),
        ({"conf": []}, "The field 'conf' is a JSON array; send an object of Spark properties."),
        ({"conf": {"a": "b"}}, "'a' in the field 'conf' is no Spark property; their names begin with 'spark.'."),
        ({"conf": {"spark.a": {}}}, "'spark.a' in the field 'conf' is a JSON object; send a string."),
        ({"ttl": "soon"}, "Rejected, Reason: Invalid time string: soon; write one such as 30m or 2h."),
        ({"idleTimeout": 30}, "The field 'idleTimeout' is a JSON number; send a string."),
        ({"proxyUser": "bert"}, "A session runs as its owner, anna; leave proxyUser out."),
        (
            {"heartbeatTimeoutInSecs": 60},
            (
                'Unrecognized field "heartbeatTimeoutInSecs": a session has none of that name; '
                "the nearest is 'heartbeatTimeoutInSecond'."
            ),
        ),
    ],
)
def test_a_wrong_field_is_refused_with_one_sentence(body: dict[str, object], sentence: str):
    with pytest.raises(InputError) as refused:
        session_wish(body, owner="anna")
    assert str(refused.value) == sentence


def test_a_profile_that_is_not_there_is_refused_with_those_near_it():
    with pytest.raises(MissingNameError, match="There is no profile 'smal'; the nearest"):
        wish(conf={"spark.hepnb.profile": "smal"})


def test_the_request_wins_over_the_server_that_asks():
    asked = session_wish({"conf": {"spark.hepnb.profile": "small"}}, owner="anna", profile="medium")
    assert (asked.profile, asked.named) == ("small", True)
    assert session_wish({}, owner="anna", profile="medium").profile == "medium"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("250ms", 0.25), ("30s", 30), ("2m", 120), ("2min", 120), ("1h", 3600), ("1d", 86400)],
)
def test_durations_are_what_they_say(text: str, seconds: float):
    assert wish(ttl=text).ttl == seconds
    assert wish(idleTimeout=text).idle_timeout == seconds


def test_lists_and_memory_become_properties_of_spark():
    asked = wish(jars=["a.jar", "b.jar"], conf={"spark.jars": "c.jar", "spark.ui.enabled": False}, driverMemory="2G")
    assert asked.options == {
        "spark.jars": "c.jar,a.jar,b.jar",
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
    }


def test_spark_runs_where_the_profile_says():
    assert wish(conf={"spark.master": "local[1]"}).options == {}


def test_more_heap_than_the_profiles_counts_as_memory():
    from hepnb.cluster.profiles import load_profiles

    small: Profile = load_profiles()["small"]
    with_three = wish(conf={"spark.hepnb.profile": "small"}, driverMemory="3g")
    assert with_three.memory_of(small, 2) == small.memory_of(2) + 2 * GB
    assert wish(driverMemory="512m").memory_of(small, 2) == small.memory_of(2)


def test_a_cursor_stays_in_the_code():
    assert completion_wish({"code": "spark.ra"}).cursor == 8
    assert completion_wish({"code": "spark.ra", "cursor": 5}).cursor == 5
    assert completion_wish({"code": "spark.ra", "cursor": 99}).cursor == 8


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("-1", -1)])
def test_numbers_are_numbers(text: str, number: int):
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1.5", "1e3", "٣", "9" * 10, " 1", "1\n"])
def test_other_text_is_no_number(text: str):
    with pytest.raises(InputError, match="send a whole number"):
        number_of(text)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with service(tmp_path_factory.mktemp("wishes") / "data") as started:
        yield started


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"kind": "' + b"a" * 10_000_000 + b'"}',
        b'{"name": "' + b"a" * 300 + b'"}',
        json.dumps({"conf": {"spark.a": [[[]]]}}).encode(),
        json.dumps({"kind": "pyspark", "name": "../../etc"}).encode() + b"}",
    ],
    ids=["no text", "deep", "10 MB", "a long name", "a list for a value", "rest"],
)
def test_hostile_bodies_are_refused_over_http(body: bytes, running: Service):
    answer = Client(running).send("POST", "/sessions", data=body)
    assert (answer.status_code, list(answer.json())) == (400, ["msg"])
    assert "\n" not in answer.json()["msg"]
    assert len(answer.json()["msg"]) < 500


@pytest.mark.parametrize(
    "path", ["/sessions/..%2f..%2fetc", "/sessions/%00", "/sessions/" + "a" * 5000, "/sessions/-1"]
)
def test_hostile_addresses_are_not_there(path: str, running: Service):
    answer = Client(running).send("GET", path)
    assert answer.status_code == 404
    assert len(answer.json()["msg"]) < 500


def test_nothing_is_left_of_a_refused_session(running: Service):
    assert Client(running).send("GET", "/sessions").json()["total"] == 0
    assert not list(Path(running.folder.sessions).glob("*/*/record.json"))
