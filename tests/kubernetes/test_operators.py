"""What an operator does beside installing: secrets of the site's own, backups, strangers at the login, host names."""

import io
import json
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlparse

import pytest
import requests

from tests.deploy.test_guide import scripts
from tests.hub.host_names import leading_to
from tests.hub.running import Browser
from tests.kubernetes.cluster import PASSWORD, Installed, kubectl, objects, until
from tests.kubernetes.conftest import logged_in
from tests.kubernetes.test_upgrade import identities

OURS = "ours"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A platform whose secrets the site has made."""
    platform = Installed(tmp_path_factory.mktemp("operators"), existingSecret=OURS, password="")
    drawn = {name: secrets.token_hex(32) for name in ("proxy-token", "operator-token", "cookie-secret")}
    metadata = {"name": OURS, "namespace": platform.name}
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    kubectl("create", "namespace", platform.name)
    try:
        kubectl("create", "--filename=-", given=secret | {"stringData": {**drawn, "password": PASSWORD}})
        platform.install()
        yield platform
    finally:
        platform.remove()


def in_hub(release: Installed, script: str, given: bytes = b"") -> bytes:
    """Run a script of the guide in the hub's pod."""
    command = ["kubectl", "-n", release.name, "exec", "--stdin", "deployment/hub", "--", "sh", "-c", script]
    result = subprocess.run(command, input=given, capture_output=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_the_sites_secret_is_enough_and_nothing_restarts_at_a_sync(release: Installed):
    assert [one["metadata"]["name"] for one in objects("secrets", release.name) if one["type"] == "Opaque"] == [OURS]
    assert Browser(release, "olga").login(release.password).url.endswith("/hub/spawn")
    before = identities(release)
    release.upgrade()
    assert identities(release) == before


def test_the_hubs_volume_comes_back_under_the_running_hub(release: Installed):
    save, restore = scripts()
    browser = Browser(release, "before-the-backup")
    browser.login(release.password)
    in_hub(release, "echo hash > passwords.dbm.dat")
    saved = in_hub(release, save)
    with tarfile.open(fileobj=io.BytesIO(saved)) as tar:
        assert {"./jupyterhub.sqlite", "./passwords.dbm.dat"} <= set(tar.getnames())
    in_hub(release, "rm passwords.dbm.dat")
    in_hub(release, restore, saved)
    assert in_hub(release, "cat passwords.dbm.dat").strip() == b"hash"
    kubectl("-n", release.name, "rollout", "restart", "deployment/hub")
    kubectl("-n", release.name, "rollout", "status", "deployment/hub", "--timeout=2m")
    until(lambda: browser.session.get(f"{release.address}/hub/home").ok, within=60, what="the hub's page")
    assert "before-the-backup" in browser.session.get(f"{release.address}/hub/home").text


def test_wrong_passwords_are_limited_behind_the_proxy_too(release: Installed):
    def at(address: str, name: str) -> Browser:
        browser = Browser(release, name)
        browser.session.headers["X-Forwarded-For"] = address
        return browser

    guesser = at("203.0.113.1", "oskar")
    answers = [guesser.login(f"wrong-{number}").status_code for number in range(20)]
    assert answers[:5] == [403] * 5
    assert answers.count(429) >= 10
    assert at("203.0.113.2", "oskar").login(release.password).url.endswith("/hub/spawn")


def test_reference_notebooks_name_kernels_that_are_there(release: Installed):
    user = logged_in(release, "otto")
    listed = [one["name"] for one in user.api("GET", "contents/notebooks").json()["content"]]
    specs = user.api("GET", "kernelspecs").json()["kernelspecs"]
    shown = {name: one["spec"]["display_name"] for name, one in specs.items()}
    assert shown["hepnb-spark"] == "Spark (Kubernetes)"
    assert "01_dimuon_spectrum.ipynb" in listed
    for name in listed:
        kernel = user.api("GET", f"contents/notebooks/{name}").json()["content"]["metadata"]["kernelspec"]
        assert shown.get(kernel["name"]) == kernel["display_name"], json.dumps(kernel)
    user.stop()


def test_large_requests_of_strangers_end_neither_proxy_nor_hub(release: Installed):
    before = identities(release)

    def send(_: int) -> None:
        with suppress(requests.ConnectionError):
            requests.post(f"{release.address}/hub/login", data=bytes(90_000_000), timeout=120)

    with ThreadPoolExecutor(6) as several:
        list(several.map(send, range(12)))
    assert Browser(release, "olga").login(release.password).url.endswith("/hub/spawn")
    assert identities(release) == before
    pods = objects("pods", release.name, "hepnb/role in (hub, proxy)")
    assert [status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]] == [0, 0]


def test_each_user_can_have_a_host_name(release: Installed):
    address, port = urlparse(release.address).hostname, urlparse(release.address).port
    release.upgrade(userHosts=True, publicAddress=f"http://hepnb.test:{port}")
    with leading_to(str(address), host="hepnb.test"):
        browser = Browser(release, "lena")
        browser.address = f"http://hepnb.test:{port}"
        browser.login(release.password)
        answer = browser.start("tiny", within=120)
        assert answer.url == f"http://lena.hepnb.test:{port}/user/lena/lab"
        browser.server = f"http://lena.hepnb.test:{port}/user/lena"
        assert browser.api("GET", "contents").status_code == 200
        browser.stop()
