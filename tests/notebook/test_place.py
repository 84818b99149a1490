"""Does a kernel know where it runs, and what was chosen there before."""

import json
from pathlib import Path

import pytest

from hepnb.notebook.place import place, remembered

CONNECTION = "/run/jupyter/kernel-a1b2-c3.json"


def test_a_kernel_of_the_hub_has_its_pages_below_the_server_of_its_user():
    here = place(CONNECTION, {"JPY_SESSION_NAME": "/home/ada/a.ipynb", "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"})
    assert here.kernel == "a1b2-c3"
    assert here.notebook == Path("/home/ada/a.ipynb")
    assert here.pages == "/user/ada/hepnb/spark/a1b2-c3"
    assert here.watched
    assert here.served


def test_a_kernel_of_nbclient_is_alone():
    here = place(CONNECTION, {})
    assert not here.watched
    assert not here.served
    assert here.pages == "/hepnb/spark/a1b2-c3"


def test_what_a_notebook_remembers_is_read_from_its_metadata(tmp_path):
    choice = {"backend": "local", "profile": "small", "options": {}}
    (tmp_path / "a.ipynb").write_text(json.dumps({"metadata": {"hepnb": choice}, "cells": []}))
    assert remembered(tmp_path / "a.ipynb") == choice


def test_of_what_is_remembered_only_what_makes_sense_is_kept(tmp_path):
    found = {"backend": ["local"], "profile": None, "options": {"spark.a": "b"}, "more": 1}
    (tmp_path / "a.ipynb").write_text(json.dumps({"metadata": {"hepnb": found}}))
    assert remembered(tmp_path / "a.ipynb") == {"options": {"spark.a": "b"}}


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"metadata": {}}', '{"metadata": {"hepnb": 3}}', "\0"])
def test_a_notebook_that_remembers_nothing_is_no_trouble(tmp_path, text):
    if text is not None:
        (tmp_path / "a.ipynb").write_text(text)
    assert remembered(tmp_path / "a.ipynb") == {}
    assert remembered(None) == {}
