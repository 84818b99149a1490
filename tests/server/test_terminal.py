import pytest

from hepnb.server.terminal import shell


@pytest.mark.parametrize(
    ("variables", "of_account", "expected"),
    [
        ({"SHELL": "/bin/sh"}, "/bin/bash", "/bin/sh"),
        ({}, "/bin/sh", "/bin/sh"),
        ({"SHELL": "/nowhere/zsh"}, "/bin/sh", "/bin/sh"),
        ({"SHELL": ""}, "/usr/sbin/nologin", "bash"),
        ({}, "/bin/false", "bash"),
        ({}, "", "bash"),
    ],
)
def test_the_shell_is_the_users_and_one_that_can_be_used(variables: dict[str, str], of_account: str, expected: str):
    assert shell(variables, of_account).endswith(expected)
