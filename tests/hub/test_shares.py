"""A user's own server that others are let into."""

import json
import time
from collections.abc import Iterator

import pytest
import requests

from hepnb.cluster.trust import OWN_SERVER
from tests.cli.running import hepnb, refused, sentence
from tests.hub.guests import Guest, home_page, logged_in
from tests.hub.running import Browser, Up, up
from tests.waiting import until

SITE = """
c.Spawner.environment = {
    "AWS_SECRET_ACCESS_KEY": "of-the-owner",
    "AWS_REGION": "eu-zurich-1",
    "BEARER_TOKEN_FILE": lambda spawner: "/tmp/bt",
    "KRB5CCNAME": "FILE:/tmp/krb5cc",
    "OCI_CLI_KEY_FILE": "/tmp/key",
    "EXPERIMENT": "cms",
}
c.Spawner.env_keep.append("X509_USER_PROXY")

def late(spawner):
    spawner.environment["BEARER_TOKEN"] = "of-the-owner"

c.Spawner.pre_spawn_hook = late
c.Spawner.args = ["--HubOAuth.cache_max_age=2"]
c.JupyterHub.template_paths = ["/nowhere"]
c.JupyterHub.template_vars = {"announcement": "maintenance on Monday"}
c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "read:hub"]}]
"""
KEYS = (
    "AWS_SECRET_ACCESS_KEY",
    "BEARER_TOKEN",
    "BEARER_TOKEN_FILE",
    "KRB5CCNAME",
    "OCI_CLI_KEY_FILE",
    "X509_USER_PROXY",
)
TOLD = "import os; print({name: os.environ.get(name) for name in %r})"


def start(browser: Browser, *, shared: bool) -> None:
    """Start the own server from the page of profiles, anew where it runs."""
    headers = {"X-XSRFToken": browser._xsrf("/hub/"), "Referer": f"{browser.address}/hub/home"}
    browser.session.delete(f"{browser.address}/hub/api/users/{browser.name}/server", headers=headers, timeout=60)
    browser.form()
    fields = {"profile": "small", "_xsrf": browser._xsrf("/hub/")} | ({"shared": "on"} if shared else {})
    answer = browser.session.post(f"{browser.address}/hub/spawn", params={"next": ""}, data=fields, timeout=60)
    answer = browser.started(answer)
    assert answer.url.endswith("/lab"), answer.text


def share(site: Up, *arguments: object) -> str:
    """What ``hepnb admin share`` prints."""
    result = hepnb("admin", "share", *arguments, "--data", site.data)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def listed(site: Up, owner: str = "maria") -> list[dict[str, object]]:
    return json.loads(share(site, "list", owner, "--json"))["shares"]


def told(browser: Browser) -> dict[str, str | None]:
    """What a new kernel finds in its environment."""
    kernel = browser.kernel()
    said = kernel.run(TOLD % ((*KEYS, "AWS_REGION", "EXPERIMENT", "HEPNB_SHARED"),))
    kernel.close()
    return eval(said)  # noqa: S307  # it was printed two lines above


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform of a site that gives every server keys of storage."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "site.py").write_text(SITE)
    with up(
        folder / "data",
        "--config",
        folder / "site.py",
        environment={"X509_USER_PROXY": "/tmp/x509"},  # noqa: S108  # it is never opened
    ) as running:
        yield running


@pytest.fixture(scope="module")
def maria(site: Up) -> Browser:
    """A user with a server to work together in."""
    browser = logged_in(site, "maria")
    start(browser, shared=True)
    return browser


@pytest.fixture(scope="module")
def chen(site: Up) -> Browser:
    return logged_in(site, "chen")


def test_the_page_of_profiles_asks_and_says_what_it_means(chen: Browser):
    page = chen.form()
    assert OWN_SERVER in page
    assert "How large a notebook?" in page
    assert "maintenance on Monday" in page
    assert 'name="shared" value="on">' in page


def test_a_shared_server_gets_no_keys_of_storage_whoever_sets_them(maria: Browser):
    assert told(maria) == dict.fromkeys(KEYS) | {"AWS_REGION": "eu-zurich-1", "EXPERIMENT": "cms", "HEPNB_SHARED": "1"}


def test_a_colleague_is_let_in_by_name_and_out_within_ten_seconds(site: Up, maria: Browser, chen: Browser):
    visit = Guest(chen, "maria")
    assert visit.open().status_code == 403
    share(site, "create", "maria")
    assert share(site, "create", "Maria", "--with", "Chen").startswith("chen may open Maria's server, runs code as")
    assert {"owner": "maria", "person": "chen", "code": None, "expires": None, "used": 0} in listed(site)
    assert "Shared with you" in home_page(chen)
    assert visit.open().url.endswith("/user/maria/lab")
    kernel = visit.kernel()
    assert kernel.run("import os; print(os.environ['JUPYTERHUB_USER'])") == "maria"
    assert share(site, "revoke", "maria", "--with", "chen").startswith(
        "chen may no longer open maria's server, and all its links have ended.\n"
    )
    end = time.monotonic() + 10
    assert listed(site) == []
    until(
        lambda: visit.api("GET", "kernels").status_code == 403,
        within=end - time.monotonic(),
        what="chen is out",
    )
    assert visit.open().status_code == 403
    assert maria.api("GET", f"kernels/{kernel.number}").status_code == 200  # the owner's work goes on
    assert "Shared with you" not in home_page(chen)


@pytest.mark.usefixtures("maria")
def test_a_link_lets_in_whoever_accepts_it_until_it_ends(site: Up, chen: Browser):
    link = share(site, "create", "maria", "--expires", "2h").strip()
    assert link.startswith(f"{site.address}/hub/accept-share?code=")
    answer = accept(chen, link)
    assert "/user/maria/" in answer.url or "/oauth2/authorize" in answer.url
    assert Guest(chen, "maria").open().url.endswith("/user/maria/lab")
    (code,) = [one for one in listed(site) if one["code"]]
    assert code["used"] == 1
    assert "is good no longer; who has used it is still let in" in share(
        site, "revoke", "maria", "--code", code["code"]
    )
    assert accept(logged_in(site, "kim"), link).status_code == 404
    share(site, "create", "maria")
    share(site, "create", "maria")
    assert share(site, "revoke", "maria", "--codes").startswith("2 links of maria's server are good no longer")
    assert [one["person"] for one in listed(site)] == ["chen"]
    share(site, "create", "maria")
    assert "chen" in share(site, "list")
    assert share(site, "revoke", "maria", "--all").startswith("Nobody but maria may open that server; 1 others could.")
    assert listed(site) == []
    assert share(site, "list", "maria") == "maria shares no server.\n"
    assert share(site, "list") == "Nobody shares a server.\n"


def accept(browser: Browser, link: str) -> requests.Response:
    page = browser.session.get(link, timeout=30)
    if page.status_code != 200:
        return page
    return browser.session.post(link, data={"_xsrf": browser._xsrf("/hub/")}, timeout=60)


def test_the_token_of_a_shared_server_says_who_may_open_it_and_of_no_other(site: Up, maria: Browser, chen: Browser):
    token = token_of(maria)
    assert ask(site, token, "POST", "shares/maria/", {"user": "chen"}) == 200
    assert ask(site, token, "GET", "shares/maria/") == 200
    assert ask(site, token, "GET", "users") == 200
    assert ask(site, token, "POST", "share-codes/maria/", {}) == 200
    assert ask(site, token, "POST", "shares/chen/", {"user": "maria"}) in (403, 404)
    assert ask(site, token, "DELETE", "users/maria/server") in (403, 404)
    assert ask(site, token, "DELETE", "shares/maria/") == 204
    start(chen, shared=False)
    token = token_of(chen)
    assert ask(site, token, "GET", "shares/chen/") in (403, 404)
    assert ask(site, token, "GET", "users") == 403
    assert told(chen)["BEARER_TOKEN"] is not None


def token_of(browser: Browser) -> str:
    kernel = browser.kernel()
    token = kernel.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    kernel.close()
    return token


def ask(site: Up, token: str, method: str, path: str, body: object = None) -> int:
    headers = {"Authorization": f"token {token}"}
    return requests.request(
        method, f"{site.address}/hub/api/{path}", headers=headers, json=body, timeout=30
    ).status_code


@pytest.mark.usefixtures("maria", "chen")
def test_what_cannot_be_is_one_sentence(site: Up):
    expected = {
        ("create", "mari"): "The hub knows no user 'mari'; the nearest is 'maria'.",
        ("create", "chen"): "chen has no server running that was started to work together.",
        ("create", "maria", "--expires", "10s"): "'10s' is no time for a link; write one from 1m to 365d",
        ("create", "maria", "--with", "maria"): "maria is the owner of that server",
        ("create", "project-x"): "'project-x' is a project and no person",
        ("revoke", "maria", "--with", "kim"): "maria's server is not shared with 'kim'; it has none.",
        ("revoke", "maria", "--code", "sc_99"): "maria's server has no link 'sc_99'",
    }
    results = refused([("admin", "share", *arguments, "--data", site.data) for arguments in expected])
    for result, words in zip(results, expected.values(), strict=True):
        assert result.returncode == 1
        assert words in sentence(result)


def test_a_server_started_again_for_its_owner_alone_ends_what_was_shared(site: Up, maria: Browser, chen: Browser):
    share(site, "create", "maria", "--with", "chen")
    link = share(site, "create", "maria").strip()
    start(maria, shared=False)
    alone = told(maria)
    assert alone["HEPNB_SHARED"] is None
    assert alone["AWS_SECRET_ACCESS_KEY"] is not None
    assert listed(site) == []
    assert Guest(chen, "maria").open().status_code == 403
    assert accept(chen, link).status_code == 404
    start(maria, shared=True)
    assert told(maria)["BEARER_TOKEN"] is None
