"""The owner decides who may enter, and what is decided holds at once."""

import json
import time
from collections.abc import Iterator

import pytest
import requests
import websocket

from tests.cli.running import hepnb
from tests.hub.running import Browser, Kernel, Up
from tests.waiting import until

from .sharing import arrived, ask, begin, guest, sharing, socket

REVOKED = 10.0  # [s] within which nothing is left of an access


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with sharing(tmp_path_factory.mktemp("sharing")) as running:
        yield running


@pytest.fixture(scope="module")
def maria(platform: Up) -> Browser:
    return begin(arrived(platform, "maria"))


def room(browser: Browser, name: str) -> str:
    """Where a text of the server is edited by several."""
    xsrf = {"X-XSRFToken": browser._xsrf("/user/maria/")}
    opened = browser.session.put(
        f"{browser.server}/api/collaboration/session/{name}",
        json={"format": "text", "type": "file"},
        headers=xsrf,
        timeout=30,
    ).json()
    return f"api/collaboration/room/text:file:{opened['fileId']}?sessionId={opened['sessionId']}"


def invited(platform: Up, owner: Browser, name: str) -> Browser:
    """A colleague who was let in by name, and came."""
    arrived(platform, name)
    assert ask(owner, owner.name, "POST", "/people", json={"name": name}).status_code == 204
    return guest(platform, name, owner)


def until_closed(one: websocket.WebSocket, *, since: float) -> float:
    """How long after `since` it is closed from the other side [s]."""
    end = since + REVOKED
    while (left := end - time.monotonic()) > 0:
        one.settimeout(left)
        try:
            kind, _ = one.recv_data(control_frame=True)
            if kind == websocket.ABNF.OPCODE_CLOSE:
                return time.monotonic() - since
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            return time.monotonic() - since
        except websocket.WebSocketTimeoutException:
            break
    raise AssertionError(f"open after {REVOKED:g} s")


def test_the_owner_sees_who_may_enter_and_whom_to_choose_from(platform: Up, maria: Browser):
    arrived(platform, "zoe")
    made = hepnb("admin", "project", "create", "higgs", "--members", "zoe", "--data", platform.data)
    assert made.returncode == 0, made.stderr
    told = ask(maria, "maria", "GET").json()
    assert (told["owner"], told["is_owner"], told["shared"], told["people"]) == ("maria", True, True, [])
    assert "zoe" in told["colleagues"]
    assert not {"maria", "project-higgs"} & set(told["colleagues"])


def test_a_colleague_enters_when_named_under_the_own_name_and_colour(platform: Up, maria: Browser):
    assert guest(platform, "chen", maria).page.status_code == 403
    chen = invited(platform, maria, "chen")
    assert chen.page.status_code == 200
    me = [one.session.get(f"{one.server}/api/me", timeout=30).json()["identity"] for one in (maria, chen, maria)]
    assert [one["name"] for one in me] == ["maria", "chen", "maria"]
    assert me[0]["color"] == me[2]["color"] != me[1]["color"]
    assert me[1]["initials"] == "Ch"
    (person,) = ask(maria, "maria", "GET").json()["people"]
    assert person["name"] == "chen"


def test_a_guest_decides_nothing(platform: Up, maria: Browser):
    dora = invited(platform, maria, "dora")
    told = ask(dora, "maria", "GET").json()
    assert told == {"owner": "maria", "is_owner": False, "shared": True}
    for method, path in (
        ("POST", "/people"),
        ("DELETE", "/people?name=dora"),
        ("POST", "/links"),
        ("DELETE", "/links?id=sc_1"),
    ):
        answer = ask(dora, "maria", method, path, json={"name": "dora", "seconds": 3600})
        assert answer.status_code == 403, path
        assert answer.json()["message"] == "Only the owner of this server, maria, decides who may enter it."


def test_a_link_lets_in_whoever_has_it_until_it_is_removed(platform: Up, maria: Browser):
    link = ask(maria, "maria", "POST", "/links", json={"seconds": 3600}).json()
    assert guest(platform, "emil", maria).page.status_code == 403
    emil = arrived(platform, "emil")
    page = emil.session.get(platform.address + link["path"], timeout=30)
    assert "maria" in page.text
    fields = {"_xsrf": emil._xsrf("/hub/"), "code": link["path"].partition("code=")[2]}
    emil.session.post(f"{platform.address}/hub/accept-share", data=fields, headers={"Referer": page.url}, timeout=60)
    assert guest(platform, "emil", maria).page.status_code == 200
    (known,) = [one for one in ask(maria, "maria", "GET").json()["links"] if one["id"] == link["id"]]
    assert known["used"] == 1
    assert ask(maria, "maria", "DELETE", f"/links?id={link['id']}").status_code == 204
    late = arrived(platform, "late")
    assert late.session.get(platform.address + link["path"], timeout=30).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (
            "/people",
            {"name": "nobody"},
            "The hub knows nobody called 'nobody'; names count from the first login on. Send a link instead.",
        ),
        ("/people", {"name": "maria"}, "Name a colleague: the server is yours already."),
        ("/people", {"name": ["zoe"]}, "The body of this request must be an object with 'name'."),
        ("/people", [], "The body of this request must be an object with 'name'."),
        (
            "/people",
            {"name": "../../users"},
            "The hub knows nobody called '../../users'; names count from the first login on. Send a link instead.",
        ),
        ("/links", {"seconds": 10**9}, "A link is good for one of 3600, 86400, 604800 seconds, not 1000000000."),
        ("/links", {"seconds": True}, "A link is good for one of 3600, 86400, 604800 seconds, not True."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(maria: Browser, path: str, body: object, expected: str):
    answer = ask(maria, "maria", "POST", path, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, expected)


def test_a_server_of_one_person_says_how_to_share_and_shares_nothing(platform: Up):
    alone = begin(arrived(platform, "alone"), shared=False)
    assert ask(alone, "alone", "GET").json() == {"owner": "alone", "is_owner": True, "shared": False}
    answer = ask(alone, "alone", "POST", "/links", json={"seconds": 3600})
    assert answer.status_code == 409
    assert "start it with 'Work together'" in answer.json()["message"]
    xsrf = {"X-XSRFToken": alone._xsrf("/user/alone/")}
    path = f"{alone.server}/api/collaboration/session/notes.txt"
    assert alone.session.put(path, json={"format": "text", "type": "file"}, headers=xsrf, timeout=30).status_code == 404


def test_whose_access_is_taken_away_is_out_within_ten_seconds_and_nobody_else(platform: Up, maria: Browser):
    (platform.data / "homes" / "maria" / "notes.txt").write_text("ours")
    ruth, sam = invited(platform, maria, "ruth"), invited(platform, maria, "sam")
    link = ask(maria, "maria", "POST", "/links", json={"seconds": 3600}).json()
    kernel = maria.kernel()
    paths = [f"api/kernels/{kernel.number}/channels", room(maria, "notes.txt"), "api/events/subscribe"]
    xsrf = {"X-XSRFToken": ruth._xsrf("/user/maria/")}
    terminal = ruth.session.post(f"{ruth.server}/api/terminals", headers=xsrf, timeout=30).json()["name"]
    of_ruth = [socket(ruth, path) for path in (*paths, f"terminals/websocket/{terminal}")]
    of_others = [socket(one, path) for one in (maria, sam) for path in paths]
    with_ruth = ruth.session.get(f"{ruth.server}/api/status", timeout=30).json()["connections"]
    assert ask(maria, "maria", "DELETE", "/people?name=ruth").status_code == 204
    since = time.monotonic()
    assert max(until_closed(one, since=since) for one in of_ruth) < REVOKED
    until(
        lambda: ruth.session.get(f"{ruth.server}/api/contents", timeout=30).status_code == 403,
        within=since + REVOKED - time.monotonic(),
        what="ruth is out",
    )
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        socket(ruth, paths[0])
    assert with_ruth == 4
    assert kernel.run("print(6 * 7)") == "42"
    again = Kernel(sam, kernel.number)
    assert again.run("print(7 * 6)") == "42"
    for one in of_others:
        one.ping()
        assert one.connected
    assert sam.session.get(f"{sam.server}/api/contents", timeout=30).status_code == 200
    # Nor does a link that she may know let her in again.
    assert arrived(platform, "ruth").session.get(platform.address + link["path"], timeout=30).status_code == 404


def test_a_token_made_before_is_worth_nothing_after(platform: Up, maria: Browser):
    tom = invited(platform, maria, "tom")
    token = json.loads(
        tom.session.get(f"{tom.server}/lab", timeout=30).text.partition('"token": ')[2].partition(",")[0]
    )
    header = {"Authorization": f"token {token}"}
    assert requests.get(f"{maria.server}/api/contents", headers=header, timeout=30).status_code == 200
    ask(maria, "maria", "DELETE", "/people?name=tom")
    until(
        lambda: requests.get(f"{maria.server}/api/contents", headers=header, timeout=30).status_code == 403,
        within=REVOKED,
        what="tom's token is worth nothing",
    )
