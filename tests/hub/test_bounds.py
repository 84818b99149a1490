"""What anybody may make the hub hold."""

import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import requests

from hepnb.cluster.site import DataFolder
from hepnb.operations import processes
from tests.hub.guests import logged_in
from tests.hub.running import Browser, Up, most_memory

LARGE = 90_000_000  # [B]
MOST = 2 * LARGE  # what four at a time would pass by far


def memory(platform: Up) -> int:
    """The most that hub, proxy and services have had [B]."""
    hub = processes.of_hub(DataFolder(platform.data))
    return sum(most_memory(process.pid) for process in hub)


def test_large_requests_of_strangers_are_not_held(platform: Up):
    before = memory(platform)

    def send(_: int) -> int | None:
        with suppress(requests.ConnectionError):
            return requests.post(f"{platform.address}/hub/login", data=bytes(LARGE), timeout=60).status_code
        return None

    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(send, range(8)))
    assert set(answers) <= {400, 413, 503, None}
    assert memory(platform) - before < MOST


def test_requests_of_strangers_that_never_end_are_not_held(platform: Up):
    before = memory(platform)
    head = f"POST /hub/login HTTP/1.1\r\nHost: hub\r\nContent-Length: {LARGE}\r\n\r\n".encode()
    connections = [socket.create_connection(("127.0.0.1", platform.port), timeout=10) for _ in range(20)]
    for connection in connections:
        with suppress(OSError):
            connection.sendall(head + bytes(LARGE // 2))
    assert memory(platform) - before < MOST
    assert requests.get(f"{platform.address}/hub/login", timeout=10).status_code == 200
    for connection in connections:
        connection.close()


def asked(browser: Browser, method: str, path: str, **options: object) -> requests.Response:
    headers = {"X-XSRFToken": browser._xsrf("/hub/"), "Referer": f"{browser.address}/hub/home"}
    return browser.session.request(method, f"{browser.address}/hub/api/{path}", headers=headers, timeout=60, **options)


def test_the_notes_of_tokens_are_short_and_there_are_not_too_many(platform: Up):
    browser = logged_in(platform, "collector")
    tokens = "users/collector/tokens"
    answer = asked(browser, "POST", tokens, json={"note": "x" * 1001})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "The note of a token may have 1000 letters, and not more.",
    )
    assert asked(browser, "POST", tokens, json={"note": "x" * 1000}).status_code == 201
    have = len(asked(browser, "GET", tokens).json()["api_tokens"])
    with closing(sqlite3.connect(DataFolder(platform.data).database)) as database, database:
        (owner,) = database.execute("SELECT id FROM users WHERE name = 'collector'").fetchone()
        rows = [(owner, f"hash-{number}", f"p{number}", "jupyterhub") for number in range(998 - have)]
        database.executemany("INSERT INTO api_tokens (user_id, hashed, prefix, client_id) VALUES (?, ?, ?, ?)", rows)
    answers = [asked(browser, "POST", tokens, json={}) for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 201, 403]
    expected = "'collector' has 1000 tokens; delete some on the hub's page of tokens."
    assert answers[-1].json()["message"] == expected


def test_there_are_not_too_many_share_codes(platform: Up):
    browser = logged_in(platform, "inviter")
    browser.start("small")
    codes = [asked(browser, "POST", "share-codes/inviter/", json={}) for _ in range(101)]
    assert [one.status_code for one in codes] == [200] * 100 + [403]
    expected = "'inviter' has 100 share codes; revoke some or wait until they expire."
    assert codes[-1].json()["message"] == expected
    browser.stop()
