"""What somebody reads who tries many passwords, and who logs in meanwhile."""

import time
from pathlib import Path

import pytest
import requests

from tests.hub.running import Browser, Up, up


class From(Browser):
    """A browser at another address, as a proxy before the platform's would note it."""

    def __init__(self, platform: Up, name: str, address: str) -> None:
        """Go nowhere yet."""
        super().__init__(platform, name)
        self.session.headers["X-Forwarded-For"] = address


def test_sixty_wrong_passwords_are_mostly_refused_and_others_log_in_meanwhile(platform: Up):
    guesser = From(platform, "victim", "203.0.113.1")
    began = time.monotonic()
    answers = [guesser.login(f"wrong-{number}") for number in range(60)]
    looked_at = [one for one in answers if one.status_code == 403]
    refused = [one for one in answers if one.status_code == 429]
    assert 5 <= len(looked_at) <= 5 + (time.monotonic() - began) / 5 + 1
    assert len(looked_at) + len(refused) == 60
    wait = int(refused[-1].headers["Retry-After"])
    assert 1 <= wait <= 5
    assert f"Too many wrong passwords were tried. Try again in {wait} s." in refused[-1].text
    assert 'name="password"' in refused[-1].text  # with the form, for the next try
    assert 'value="victim"' in refused[-1].text
    assert guesser.login(platform.password).status_code == 429
    assert From(platform, "bystander", "203.0.113.1").login(platform.password).url.endswith("/hub/spawn")
    assert From(platform, "victim", "203.0.113.2").login(platform.password).url.endswith("/hub/spawn")
    time.sleep(6)
    assert guesser.login(platform.password).url.endswith("/hub/spawn")


def test_a_request_for_a_token_is_no_way_around(platform: Up):
    def ask(password: str) -> int:
        return requests.post(
            f"{platform.address}/hub/api/users/api-victim/tokens",
            json={"auth": {"username": "api-victim", "password": password}},
            headers={"X-Forwarded-For": "203.0.113.3"},
            timeout=30,
        ).status_code

    From(platform, "api-victim", "203.0.113.4").login(platform.password)
    assert ask(platform.password) == 201
    assert {ask("wrong-password") for _ in range(20)} == {403}
    assert ask(platform.password) == 403  # it was not looked at


def test_a_site_with_a_page_of_its_own_says_it_too(tmp_path: Path):
    config = tmp_path / "site.py"
    config.write_text(
        "c.JupyterHub.authenticator_class = 'firstuseauthenticator.FirstUseAuthenticator'\n"
        "c.Authenticator.allow_all = True\n"
    )
    with up(tmp_path / "data", "--config", config) as running:
        browser = Browser(running, "maria")
        assert browser.login("correct horse").url.endswith("/hub/spawn")
        stranger = Browser(running, "maria")
        answers = [stranger.login("wrong horse") for _ in range(8)]
        assert [one.status_code for one in answers[:5]] == [403] * 5
        assert answers[-1].status_code == 429
        assert "Too many wrong passwords were tried." in answers[-1].text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("maria/atlas", "A name cannot have &#39;/&#39; in it; choose one without."),
        ("50%", "A name cannot have &#39;%&#39; in it; choose one without."),
        ("..", "A name cannot be of dots alone."),
        ("a" * 201, "A name can have 200 letters, and this one has 201."),
        (" ", "Type a name."),
    ],
)
def test_a_name_that_nobody_can_have_is_refused_with_the_reason(platform: Up, name: str, sentence: str):
    answer = Browser(platform, name).login(platform.password)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'name="password"' in answer.text  # with the form, for the next try
    assert "Invalid username" not in answer.text


@pytest.mark.parametrize("status", [400, 404, 429])
def test_the_proxys_page_about_an_error_is_no_login(platform: Up, status: int):
    page = requests.get(f"{platform.address}/hub/error/{status}", timeout=30)
    assert page.ok  # the proxy answers with the status
    assert str(status) in page.text
    assert 'name="password"' not in page.text
