"""Does nothing of a foreign notebook start before its user has run a cell."""

import pytest

from hepnb.errors import InputError, MissingNameError
from hepnb.notebook.background import Background
from hepnb.notebook.magic import parse


@pytest.mark.parametrize(
    ("remembered", "harmless"),
    [
        ({}, True),
        ({"profile": "small"}, True),
        ({"backend": "local", "profile": "small", "options": {}}, True),
        ({"backend": "connect"}, False),
        ({"options": {"spark.jars": "http://127.0.0.1/evil.jar"}}, False),
    ],
)
def test_only_a_size_may_start_by_itself(remembered, harmless):
    assert Background(remembered).harmless is harmless


@pytest.mark.parametrize(
    ("remembered", "kind"),
    [
        ({"profile": "smal"}, MissingNameError),
        ({"backend": "x"}, MissingNameError),
        ({"options": {"x": 1}}, InputError),
    ],
)
def test_what_a_notebook_remembers_wrongly_ends_with_a_sentence(remembered, kind):
    background = Background(remembered)
    background.start()
    background.wait()
    assert isinstance(background.error, kind)


def test_the_line_of_attach_is_read_as_a_shell_would():
    assert parse("") == ("local", None, {})
    assert parse("connect --option spark.remote=sc://farm:15002/;token=a=b") == (
        "connect",
        None,
        {"spark.remote": "sc://farm:15002/;token=a=b"},
    )
    assert parse("--profile small --option 'spark.app.name=my name' --option spark.b=") == (
        "local",
        "small",
        {"spark.app.name": "my name", "spark.b": ""},
    )


@pytest.mark.parametrize("line", ["--profile", "local more", "--option spark.a", "'", "--prof small"])
def test_a_line_that_makes_no_sense_says_so(line):
    with pytest.raises(InputError, match=r"^%attach: "):
        parse(line)
