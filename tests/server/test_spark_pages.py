import json
import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
import websocket

from hepnb.cluster.drivers import Driver, forget_driver, write_driver

from .jupyter import BASE, Server, Spark, answer, spark_of

KERNEL = "11111111-2222-3333-4444-555555555555"
WORD = "known-to-the-driver"
PAGES = f"hepnb/spark/{KERNEL}"


@pytest.fixture(scope="module")
def spark(server: Server) -> Iterator[Spark]:
    with spark_of(server, KERNEL) as one:
        one.work(0)
        one.done()
        yield one


def test_spark_itself_asks_for_the_token(spark: Spark):
    assert answer(f"{spark.driver.address}/jobs/").code == 403


def test_the_owner_sees_the_pages_and_every_link_stays_below_them(server: Server, spark: Spark):
    page = server.ask(f"{PAGES}/jobs/")
    assert page.code == 200
    assert "Completed Jobs" in page.text
    assert spark.driver.token not in page.text + str(page.headers)
    links = re.findall(r"""(?:href|src)=["'](/[^"']*)""", page.text)
    assert links
    assert [link for link in links if not link.startswith(f"{BASE}{PAGES}")] == []
    style = next(link for link in links if link.endswith(".css"))
    assert server.ask(style.removeprefix(BASE)).code == 200


def test_redirects_stay_below_the_pages(server: Server, spark: Spark):
    visited = PAGES
    for _ in range(3):
        page = server.ask(visited)
        if page.code == 200:
            break
        assert page.code in (301, 302)
        path = urlsplit(page.headers["Location"]).path
        assert path.startswith(f"{BASE}{PAGES}/")
        assert spark.driver.address not in page.headers["Location"]
        visited = path.removeprefix(BASE)
    assert page.code == 200
    assert "Spark Jobs" in page.text


@pytest.mark.usefixtures("spark")
def test_the_rest_interface_and_questions_in_addresses_arrive(server: Server):
    (application,) = json.loads(server.ask(f"{PAGES}/api/v1/applications").text)
    jobs = server.ask(f"{PAGES}/api/v1/applications/{application['id']}/jobs?status=running")
    assert (jobs.code, jobs.text.split()) == (200, ["[", "]"])


def test_the_settings_that_spark_shows_keep_the_secret(server: Server, spark: Spark):
    (application,) = json.loads(server.ask(f"{PAGES}/api/v1/applications").text)
    for page in ("environment/", f"api/v1/applications/{application['id']}/environment"):
        shown = server.ask(f"{PAGES}/{page}")
        assert shown.code == 200
        assert spark.secret not in shown.text
    assert "JWSFilter.param.secretKey" in shown.text


@pytest.mark.usefixtures("spark")
def test_nobody_else_sees_them(server: Server):
    page = server.ask(f"{PAGES}/jobs/", known=False)
    assert page.code in (302, 403)
    assert "Spark" not in page.text
    assert server.ask(f"{PAGES}/api/v1/applications", known=False).code in (302, 403)


@pytest.mark.usefixtures("spark")
def test_pages_can_be_read_and_nothing_else(server: Server):
    assert server.ask(f"{PAGES}/jobs/", method="HEAD").code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert server.ask(f"{PAGES}/jobs/", method=method).code == 405, method
    for kill in (
        "jobs/job/kill/?id=0",
        "stages/stage/kill/?id=0",
        "SQL/execution/kill?id=0",
    ):  # Spark itself takes a GET
        assert server.ask(f"{PAGES}/{kill}").code == 405, kill
    with pytest.raises(websocket.WebSocketBadStatusException, match="405"):
        server.socket(f"{PAGES}/jobs/")


def test_a_kernel_without_spark_has_a_page_that_says_so(server: Server):
    page = server.ask("hepnb/spark/00000000-0000-0000-0000-000000000000/jobs/")
    assert page.code == 404
    assert page.text == "This kernel runs no Spark: run a cell that uses spark, and load this page again.\n"


def test_a_name_that_leads_elsewhere_finds_no_driver(server: Server):
    for name in ("..%2f..%2fetc", "%2e%2e", "a.json"):
        assert server.ask(f"hepnb/spark/{name}/jobs").code == 404


@pytest.fixture
def witness(server: Server) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """In the place of Spark: what it is asked with. It answers with a cookie and a redirect to itself."""
    seen: list[dict[str, str]] = []

    class Witness(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/jobs/?id=1")
            self.send_header("Set-Cookie", "planted=1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Witness)
    Thread(target=listener.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{listener.server_port}"
    write_driver(server.runtime, Driver(kernel="witness", address=address, token=WORD, process=os.getpid()))
    yield address, seen
    forget_driver(server.runtime, "witness")
    listener.shutdown()
    listener.server_close()


def test_what_is_jupyters_is_not_passed_on_and_what_is_sparks_does_not_come_back(server: Server, witness):
    _, seen = witness
    page = server.ask(
        "hepnb/spark/witness/", headers={"Cookie": "_xsrf=secret", "X-XSRFToken": "secret", "Accept": "text/html"}
    )
    assert page.code == 302
    assert page.headers["Location"] == f"{BASE}hepnb/spark/witness/jobs/?id=1"
    assert "planted" not in str(page.headers)
    (asked,) = seen
    assert asked["authorization"] == f"Bearer {WORD}"
    assert asked["accept"] == "text/html"
    assert "secret" not in str(asked)
    assert server.token not in str(asked)


def test_a_driver_that_does_not_answer_is_said(server: Server):
    gone = Driver(kernel="gone", address="http://127.0.0.1:9", token=WORD, process=os.getpid())
    write_driver(server.runtime, gone)
    page = server.ask("hepnb/spark/gone/jobs/")
    forget_driver(server.runtime, "gone")
    assert page.code == 502
    assert page.text == "Spark does not answer: it may have ended; run the cell again, and load this page again.\n"


@pytest.mark.parametrize(
    "path", ["proxy/{port}/", "proxy/absolute/{port}/", "proxy/127.0.0.1:{port}/", "proxy/localhost:{port}/x"]
)
def test_no_port_is_shown_in_general(server: Server, witness, path: str):
    address, seen = witness
    page = server.ask(path.format(port=urlsplit(address).port))
    assert page.code == 403
    assert seen == []
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        server.socket(path.format(port=urlsplit(address).port))
    assert seen == []
