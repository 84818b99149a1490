"""The platform on one machine, through its address."""

import json
import re
import stat
import sys
from pathlib import Path

import psutil
import pytest
import requests
import websocket

from hepnb.cluster.slugs import slug
from hepnb.operations import processes
from hepnb.operations.data_folder import open_folder
from tests.cli.running import hepnb, sentence
from tests.hub.running import Browser, Up


def test_the_start_says_where_to_go_and_who_shares_what(platform: Up):
    assert f"address   {platform.address}" in platform.greeting
    assert "All users share the account" in platform.greeting
    assert platform.password == (platform.data / "secrets" / "password").read_text()


def test_a_wrong_password_does_not_open(platform: Up):
    stranger = Browser(platform, "stranger")
    assert stranger.login("wrong-password").status_code == 403
    assert stranger.session.get(f"{platform.address}/hub/spawn", timeout=30).url.startswith(
        f"{platform.address}/hub/login"
    )


def test_the_page_of_the_login_says_where_the_password_is(platform: Up):
    page = requests.get(f"{platform.address}/hub/login", timeout=30).text
    assert "Any name: it is that of your folder. The password is on the terminal where hepnb started." in page


def test_a_login_from_another_site_is_refused(platform: Up):
    fields = {"username": "maria", "password": platform.password}
    assert requests.post(f"{platform.address}/hub/login", data=fields, timeout=30).status_code == 403


def test_the_page_of_profiles_offers_what_the_machine_can_give(platform: Up):
    browser = Browser(platform, "looks-only")
    page = browser.login(platform.password).text
    assert 'value="local" checked' in page
    assert "This machine has" in page
    assert ('value="large"' in page) == (len(psutil.Process().cpu_affinity()) >= 4)
    assert "no profile &#39;gigantic&#39; here" in browser.start("gigantic").text


def test_the_server_starts_in_the_users_home_with_the_profile(platform: Up, maria: Browser):
    kernel = maria.kernel()
    told = kernel.run("import os; print(os.getcwd(), os.environ['HOME'], os.environ['HEPNB_PROFILE'])")
    kernel.close()
    home = platform.data / "homes" / "maria"
    assert told == f"{home} {home} small"
    assert {one.name for one in (home / "notebooks").iterdir()} >= {"01_dimuon_spectrum.ipynb"}


def test_commands_of_cells_and_terminals_are_those_of_the_platforms_packages(maria: Browser):
    packages = Path(sys.executable).parent
    kernel = maria.kernel()
    found = kernel.run("!for name in hepnb python pip jupyter; do command -v $name; done").split()
    kernel.close()
    assert found == [str(packages / name) for name in ("hepnb", "python", "pip", "jupyter")]
    said = in_terminal(maria, "command -v hepnb; echo $0 $-; echo over", until="\r\nover")
    assert str(packages / "hepnb") in said
    assert re.search(r"bash \w*i\w*\r\n", said)  # interactive, and not the bare sh


def in_terminal(browser: Browser, line: str, *, until: str) -> str:
    """What a new terminal shows after a line was typed into it."""
    name = browser.api("POST", "terminals").json()["name"]
    address = browser.server.replace("http://", "ws://")
    socket = websocket.create_connection(
        f"{address}/terminals/websocket/{name}", cookie=browser.cookies(), origin=browser.address, timeout=30
    )
    socket.send(json.dumps(["stdin", f"{line}\r"]))
    said = ""
    while until not in said:
        kind, *text = json.loads(socket.recv())
        said += text[0] if kind == "stdout" else ""
    socket.close()
    browser.api("DELETE", f"terminals/{name}")
    return said


def test_a_user_reaches_nothing_of_another(platform: Up, maria: Browser):
    other = Browser(platform, "mallory")
    other.login(platform.password)
    other.start("small")
    token = other.session.post(
        f"{platform.address}/hub/api/users/mallory/tokens",
        json={"note": "test"},
        headers={"X-XSRFToken": other._xsrf("/hub/")},
        timeout=30,
    ).json()["token"]
    for path in ("api/contents", "api/kernels", "lab", "files/secret.txt", "hepnb/spark/any/", "proxy/4040/"):
        address = f"{maria.server}/{path}"
        by_cookie = other.session.get(address, timeout=30)
        by_token = requests.get(address, headers={"Authorization": f"token {token}"}, timeout=30)
        assert (by_cookie.status_code, by_token.status_code) == (403, 403), path
    assert maria.api("GET", "contents").status_code == 200


@pytest.mark.usefixtures("maria")
def test_everything_listens_on_this_machine_alone(platform: Up):
    listening = [
        (process.name(), connection.laddr.ip)
        for process in processes.of_platform(open_folder(platform.data))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 4  # the proxy twice, the hub, the notebook server
    assert {address for _, address in listening} == {"127.0.0.1"}


@pytest.mark.usefixtures("maria")
def test_secrets_are_for_nobody_else_and_nowhere_else(platform: Up):
    folder = platform.data / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secrets = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(secrets) == {"cookie", "operator", "password", "proxy"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    logs = "".join(path.read_text() for path in (platform.data / "logs").iterdir())
    commands = " ".join(" ".join(process.cmdline()) for process in processes.of_platform(open_folder(platform.data)))
    for secret in secrets.values():
        assert secret not in logs
        assert secret not in commands


@pytest.mark.parametrize("name", ["zoë müller", "a" * 90, "root", "-x; touch gotcha"])
def test_an_awkward_name_has_a_safe_home_of_its_own(platform: Up, name: str):
    browser = Browser(platform, name)
    browser.login(platform.password)
    assert browser.start("small").status_code == 200
    kernel = browser.kernel()
    home = kernel.run("import os; print(os.environ['HOME'])")
    kernel.close()
    assert home == str(platform.data / "homes" / slug(name))
    assert browser.api("POST", "shutdown").status_code == 200


@pytest.mark.parametrize("name", ["../x", "..", ".", "a/b", "x%2e%2e", "line\nbreak"])
def test_a_name_that_is_no_part_of_an_address_is_no_name(platform: Up, name: str):
    assert Browser(platform, name).login(platform.password).status_code in (400, 403)
    assert not (platform.data / "x").exists()


def test_a_second_platform_on_the_same_data_is_told_of_the_first(platform: Up):
    result = hepnb("up", "--data", platform.data, "--port", 1)
    assert result.returncode == 1
    assert "runs already" in sentence(result)
    assert platform.address in sentence(result)


def test_a_port_that_is_taken(platform: Up, tmp_path: Path):
    result = hepnb("up", "--data", tmp_path / "data", "--port", platform.port)
    assert result.returncode == 1
    assert f"Port {platform.port} of 127.0.0.1" in sentence(result)
    assert "--port" in sentence(result)
