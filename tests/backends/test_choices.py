"""Is a choice of Spark completed, or refused with a sentence, before anything starts."""

import pytest

from hepnb.backends.attach import attach, choose
from hepnb.backends.backend import Choice
from hepnb.errors import InputError, MissingNameError


@pytest.fixture(autouse=True)
def _nothing_proposed(monkeypatch):
    monkeypatch.delenv("HEPNB_PROFILE", raising=False)
    monkeypatch.delenv("SPARK_REMOTE", raising=False)


def test_the_usual_profile_is_that_of_the_environment(monkeypatch):
    assert choose("local", None, None) == Choice(backend="local", profile="local")
    monkeypatch.setenv("HEPNB_PROFILE", "small")
    assert choose("local", None, None) == Choice(backend="local", profile="small")
    assert choose("local", "medium", None) == Choice(backend="local", profile="medium")


def test_a_wrong_profile_of_the_environment_says_where_it_stands(monkeypatch):
    monkeypatch.setenv("HEPNB_PROFILE", "smal")
    with pytest.raises(
        MissingNameError, match=r"no profile 'smal'; the nearest is 'small'\. The variable HEPNB_PROFILE"
    ):
        choose("local", None, None)


def test_the_server_of_the_environment_serves_where_none_is_named(monkeypatch):
    with pytest.raises(InputError, match=r"needs the address of a server: pass options=\{'spark\.remote'"):
        choose("connect", None, None)
    monkeypatch.setenv("SPARK_REMOTE", "sc://farm.example.org")
    assert choose("connect", None, None).options == {"spark.remote": "sc://farm.example.org"}
    assert choose("connect", None, {"spark.remote": "sc://other"}).options == {"spark.remote": "sc://other"}


def test_options_become_what_spark_reads():
    options = {"spark.sql.shuffle.partitions": 4, "spark.speculation": True, "spark.app.name": "mine"}
    assert choose("local", None, options).options == {
        "spark.sql.shuffle.partitions": "4",
        "spark.speculation": "true",
        "spark.app.name": "mine",
    }


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        ({"backend": "localhost"}, MissingNameError, r"There is no backend 'localhost'; the nearest is 'local'\."),
        ({"profile": "largest"}, MissingNameError, r"There is no profile 'largest'; the nearest is 'large'\."),
        ({"options": {"memory": "3g"}}, InputError, r"The option 'memory' is no Spark property"),
        ({"options": {"spark.memory": 1.5}}, InputError, r"The option 'spark\.memory' is 1\.5; pass a string"),
        ({"options": ["spark.a"]}, InputError, r"pass a dictionary of Spark properties"),
        ({"options": {"spark.remote": "sc://a"}}, InputError, r"ask for the backend 'connect'"),
        ({"options": {"spark.master": "yarn"}}, InputError, r"spark\.master is 'yarn'; leave that option out"),
        ({"backend": "connect", "profile": "small"}, InputError, r"leave the profile 'small' out"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(call, kind, sentence):
    with pytest.raises(kind, match=sentence):
        attach(**call)
