"""Each user's server has a host name of its own, so that its pages can do nothing at another's."""

import re
from collections.abc import Iterator
from urllib.parse import urlparse

import pytest

from hepnb.cluster.ports import free_port
from tests.hub.host_names import leading_to
from tests.hub.running import Browser, Up, up

HOST = "hepnb.test"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder, port = tmp_path_factory.mktemp("hosts"), free_port()
    config = folder / "site.py"
    config.write_text(f"c.JupyterHub.subdomain_host = 'http://{HOST}:{port}'\n")
    with leading_to("127.0.0.1", host=HOST), up(folder / "data", "--config", config, "--port", port) as running:
        running.port, running.address = port, f"http://{HOST}:{port}"
        yield running


def entered(site: Up, name: str) -> Browser:
    browser = Browser(site, name)
    browser.login(site.password)
    browser.start("small")
    browser.server = f"http://{name}.{HOST}:{site.port}/user/{name}"
    return browser


def test_a_page_of_one_server_can_do_nothing_at_another(site: Up):
    maria, thief = entered(site, "maria"), entered(site, "thief")
    for browser in (maria, thief):
        lab = browser.session.get(f"{browser.address}/hub/user-redirect/lab", timeout=60)
        assert lab.status_code == 200
        assert urlparse(lab.url).hostname == f"{browser.name}.{HOST}"
    assert maria.api("GET", "contents").status_code == 200
    # What a page of the thief's server sends in maria's browser: her cookies, and where it comes from.
    origin = {"Origin": thief.server.partition("/user/")[0], "Referer": f"{thief.server}/files/page.html"}
    token = {"X-XSRFToken": maria._xsrf("/user/maria/")}
    answers = [
        maria.session.get(f"{maria.server}/api/contents", headers=origin, timeout=30),
        maria.session.post(f"{maria.server}/api/kernels", json={}, headers=origin, timeout=30),
        maria.session.get(
            f"{maria.server}/lab", headers=origin | {"Sec-Fetch-Mode": "cors"}, timeout=30, allow_redirects=False
        ),
    ]
    for answer in answers:
        # A browser shows an answer to pages of another origin only where it says so.
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert [answer.status_code for answer in answers[1:]] == [403, 302]
    assert maria.session.post(f"{maria.server}/api/kernels", json={}, headers=token, timeout=60).status_code == 201
    own = [cookie for cookie in maria.session.cookies if cookie.domain.startswith("maria.")]
    assert {cookie.name for cookie in own} >= {"_xsrf"}
    assert not [cookie for cookie in own if cookie.domain_specified]


def test_the_pages_of_the_hub_lead_to_the_hosts_of_users(site: Up):
    maria = entered(site, "maria")
    page = maria.session.get(f"{maria.address}/hub/home", timeout=30).text
    (target,) = set(re.findall(r'id="start"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*id="start"', page))
    answer = maria.session.get(f"{maria.address}{''.join(target)}", timeout=60)
    assert urlparse(answer.url).hostname == f"maria.{HOST}"
