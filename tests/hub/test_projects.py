"""Projects: servers that several people have together, made while the platform runs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hepnb.cluster.trust import PROJECT_SERVER
from hepnb.operations.hub_api import hub_of, quoted
from tests.cli.running import hepnb, refused, sentence
from tests.hub.guests import Guest, home_page, logged_in
from tests.hub.running import Browser, Up, up


def project(platform: Up, *arguments: object) -> str:
    """What ``hepnb admin project`` prints."""
    result = hepnb("admin", "project", *arguments, "--data", platform.data)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def listed(platform: Up) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(project(platform, "list", "--json"))["projects"]}


@pytest.fixture(scope="module")
def chen(platform: Up) -> Browser:
    return logged_in(platform, "chen")


@pytest.fixture(scope="module")
def zoe(platform: Up) -> Browser:
    return logged_in(platform, "zoe")


@pytest.fixture(scope="module")
def higgs(platform: Up, chen: Browser, zoe: Browser) -> Iterator[str]:
    """The hub's name of a running project of Chen and Zoë, whom the hub knows, and of Amal, whom it does not."""
    said = project(
        platform, "create", "higgs", "--members", f"{chen.name}, {zoe.name.title()},amal", "--profile", "small"
    )
    assert "on the home page of its members: chen, zoe, amal." in said
    assert "amal has never logged in here; whoever logs in under that name is a member." in said
    assert PROJECT_SERVER in said
    # A member asks for another size, and for a server of his own: it starts as it was made.
    assert Guest(chen, "project-higgs").begin(profile="local", shared="").url.endswith("/user/project-higgs/lab")
    yield "project-higgs"
    project(platform, "delete", "higgs")


def test_members_share_one_server_with_a_home_and_a_profile_of_its_own(
    platform: Up, chen: Browser, zoe: Browser, higgs: str
):
    first = Guest(chen, higgs).kernel()
    first.run("import os; found = 42")
    told = first.run("print(os.getcwd(), *map(os.environ.get, ('USER', 'HEPNB_PROFILE', 'HEPNB_SHARED')))")
    assert told == f"{platform.data}/homes/project-higgs project-higgs small 1"
    visit = Guest(zoe, higgs)
    assert visit.open().url.endswith("/user/project-higgs/lab")
    assert [kernel["id"] for kernel in visit.api("GET", "kernels").json()] == [first.number]
    assert listed(platform)["higgs"] == {
        "name": "higgs",
        "profile": "small",
        "members": ["amal", "chen", "zoe"],
        "running": True,
    }


def test_members_see_the_project_at_home_and_others_do_not(platform: Up, zoe: Browser, higgs: str):
    page = home_page(zoe)
    assert PROJECT_SERVER in page
    row = page[page.index(f'data-project="{higgs}"') :].partition("</tr>")[0]
    for words in ("<strong>higgs</strong>", "amal, chen, zoe", "small", "running", "/user/project-higgs/lab"):
        assert words in row
    assert "your home page" in zoe.form()
    outsider = logged_in(platform, "mallory")
    assert "higgs" not in home_page(outsider)
    assert "your home page" not in outsider.form()


def test_others_neither_open_nor_start_nor_stop_it(platform: Up, higgs: str):
    visit = Guest(logged_in(platform, "mallory"), higgs)
    assert visit.open().status_code == 403
    for path in ("lab", "api/contents", "api/kernels", "files/any.txt", "hepnb/spark/any/"):
        assert visit.session.get(f"{visit.server}/{path}", timeout=30).status_code == 403, path
    assert visit.begin().status_code == 404  # the hub does not say that there is such a user
    assert visit.end() == 404
    assert listed(platform)["higgs"]["running"]


def test_members_stop_it_and_start_it_again(platform: Up, zoe: Browser, chen: Browser, higgs: str):
    assert Guest(zoe, higgs).end() in (202, 204)
    assert not listed(platform)["higgs"]["running"]
    row = home_page(chen)[home_page(chen).index(f'data-project="{higgs}"') :].partition("</tr>")[0]
    assert "stopped" in row
    assert f"/hub/spawn/{higgs}" in row
    assert Guest(zoe, higgs).begin().url.endswith("/user/project-higgs/lab")


def test_the_server_of_a_project_may_not_say_who_is_in_it(platform: Up, chen: Browser, higgs: str):
    visit = Guest(chen, higgs)
    visit.open()
    kernel = visit.kernel()
    token = kernel.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    for method, path in (("GET", "shares/project-higgs/"), ("POST", "shares/project-higgs/"), ("GET", "users")):
        answer = requests.request(
            method,
            f"{platform.address}/hub/api/{path}",
            headers={"Authorization": f"token {token}"},
            json={"user": "mallory"} if method == "POST" else None,
            timeout=30,
        )
        assert answer.status_code in (403, 404), path


def test_who_is_let_out_is_refused_by_the_hub_and_who_is_let_in_comes_in(platform: Up, higgs: str):
    kim = logged_in(platform, "kim")
    visit = Guest(kim, higgs)
    assert visit.open().status_code == 403
    assert project(platform, "add", "higgs", "Kim") == "In the project higgs now: kim.\n"
    assert visit.open().url.endswith("/user/project-higgs/lab")
    said = project(platform, "remove", "higgs", "kim")
    assert said.startswith("No longer in the project higgs: kim.\n")
    assert "stop the server and start it anew to be sure" in said
    assert "higgs" not in home_page(kim)
    assert visit.end() == 404
    kim.session.cookies.clear(domain="127.0.0.1", path="/user/project-higgs/")
    assert visit.open().status_code == 403


def test_what_cannot_be_is_one_sentence(platform: Up, higgs: str):
    data = ("--data", platform.data)
    expected = {
        ("create", "higgs"): "There is a project 'higgs' already; add people with: hepnb admin project add higgs NAME",
        ("create", "Top Mass"): "'Top Mass' is no name for a project; write up to 32 of a-z, 0-9 and single hyphens",
        ("create", "a" * 33): "is no name for a project",
        ("create", "top", "--profile", "smal"): "No profile is called 'smal'; the nearest is 'small'.",
        ("create", "top", "--profile", "vast"): "No profile is called 'vast'; it has 'local'",
        ("create", "top", "--members", "a/b"): "'a/b' is no name of a user",
        ("create", "top", "--members", higgs): "'project-higgs' is a project and no person",
        ("add", "higs", "chen"): "There is no project 'higs'; the nearest is 'higgs'.",
        ("remove", "higgs", "cheng"): "'cheng' is not in the project 'higgs'; the nearest is 'chen'.",
        ("delete", "../x"): "There is no project '../x'",
    }
    results = refused([("admin", "project", *arguments, *data) for arguments in expected])
    for result, words in zip(results, expected.values(), strict=True):
        assert result.returncode == 1
        assert words in sentence(result)
    assert set(listed(platform)) == {"higgs"}


def test_a_project_ends_with_its_files_and_its_members(platform: Up, chen: Browser):
    home = platform.data / "homes" / "project-top"
    project(platform, "create", "top", "--members", "chen", "--profile", "small")
    visit = Guest(chen, "project-top")
    visit.begin()
    visit.kernel().run("open('mine.txt', 'w').write('x')")
    assert project(platform, "delete", "top", "--keep-files").endswith(f"its files are in {home}.\n")
    assert "project-top" not in home_page(chen)
    assert (home / "mine.txt").exists()
    assert "has files that an earlier project left" in sentence(
        hepnb("admin", "project", "create", "top", "--data", platform.data)
    )
    assert "members: nobody." in project(platform, "create", "top", "--keep-files")
    assert listed(platform)["top"]["members"] == []
    assert visit.open().status_code in (403, 404)
    assert project(platform, "delete", "top") == ("There is no project top any more; its files are gone, too.\n")
    assert not list((platform.data / "homes").glob("*top*"))


def test_a_creation_that_was_cut_short_is_done_again_from_the_start(platform: Up, chen: Browser, zoe: Browser):
    project(platform, "create", "cut", "--members", chen.name)
    # Its group comes last: without it there is no project yet.
    hub_of(platform.data).ask("DELETE", quoted("groups", "project-cut"))
    assert "cut" not in listed(platform)
    project(platform, "create", "cut", "--members", zoe.name)
    assert listed(platform)["cut"]["members"] == [zoe.name]
    assert "project-cut" not in home_page(chen)
    project(platform, "delete", "cut")


def test_nobody_logs_in_as_a_project(platform: Up, higgs: str):
    for name in (higgs, "Project-Higgs", "project-of-tomorrow"):
        answer = Browser(platform, name).login(platform.password)
        assert answer.status_code == 403
        assert "nobody logs in as one" in answer.text
    login = {"auth": {"username": higgs, "password": platform.password}}
    by_password = requests.post(f"{platform.address}/hub/api/users/{higgs}/tokens", json=login, timeout=30)
    assert by_password.status_code == 403


SITE = """
from jupyterhub.auth import LocalAuthenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join

class Careless(BaseHandler):
    async def get(self):
        user = await self.auth_to_user({"name": self.get_argument("name")})
        self.set_login_cookie(user)
        self.redirect(url_path_join(self.hub.base_url, "home"))

class ByTheProxy(LocalAuthenticator):  # believes whatever stands before it, and wants an account of everybody
    def add_user(self, user):
        if user.name not in ("maria", "chen"):
            raise KeyError(f"no account {user.name}")

    def get_handlers(self, app):
        return [("/login", Careless), ("/careless", Careless)]

c.JupyterHub.authenticator_class = ByTheProxy
c.ByTheProxy.allow_all = True
c.ByTheProxy.username_pattern = "[a-z]+"
c.ByTheProxy.auth_refresh_age = 0
c.JupyterHub.load_roles = [{"name": "site", "scopes": ["read:hub"]}]
"""


def test_a_site_s_own_login_does_not_open_a_project_and_restarts_and_backups_keep_it(tmp_path: Path):
    site = tmp_path / "site.py"
    site.write_text(SITE)
    with up(tmp_path / "data", "--config", site) as platform:
        maria = careless(platform, "maria")
        assert "Start" in home_page(maria)
        never = hepnb("admin", "project", "create", "higgs", "--members", "maria,chen", "--data", platform.data)
        assert "chen never logged in here, and this site's login decides who gets in" in sentence(never)
        assert listed(platform) == {}
        project(platform, "create", "higgs", "--members", "maria", "--profile", "small")
        assert Guest(maria, "project-higgs").begin().url.endswith("/user/project-higgs/lab")
        intruder = careless(platform, "project-higgs")
        page = intruder.session.get(f"{platform.address}/hub/token", allow_redirects=False, timeout=30)
        assert (page.status_code, "/hub/login" in page.headers["Location"]) == (302, True)
        api = intruder.session.get(f"{platform.address}/hub/api/user", timeout=30)
        assert api.status_code == 403
        assert hepnb("admin", "backup", tmp_path / "all.tar.gz", "--data", platform.data).returncode == 0
    assert hepnb("admin", "restore", tmp_path / "all.tar.gz", "--data", tmp_path / "again").returncode == 0
    site.write_text(f"{SITE}\nc.JupyterHub.spawner_class = 'jupyterhub.spawner.LocalProcessSpawner'\n")
    with up(tmp_path / "again", "--config", site) as platform:
        no_account = hepnb("admin", "project", "create", "top", "--data", platform.data)
        assert sentence(no_account).endswith("make it with: sudo useradd --create-home project-top")
        assert listed(platform)["higgs"] == {
            "name": "higgs",
            "profile": "small",
            "members": ["maria"],
            "running": False,
        }
        maria = careless(platform, "maria")
        (platform.data / "profiles.toml").write_text("[tiny]\ndescription = 'x'\ncores = 1\nmemory = '512m'\n")
        answer = Guest(maria, "project-higgs").begin()
        assert answer.status_code == 400
        assert re.search(
            "made with the profile .*small.*, which is not offered here any more; there is tiny", answer.text
        )


def careless(platform: Up, name: str) -> Browser:
    browser = Browser(platform, name)
    browser.session.get(f"{platform.address}/hub/careless", params={"name": name}, allow_redirects=False, timeout=30)
    browser.session.get(f"{platform.address}/hub/home", timeout=30)
    return browser
