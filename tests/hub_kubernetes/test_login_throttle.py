"""Nobody tries passwords quickly, and nobody keeps others out by trying: on one machine as on Kubernetes."""

import asyncio
from types import SimpleNamespace

import pytest
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

from hepnb_hub.login_throttle import (
    IN_ALL,
    MAX_ENTRIES,
    PER_ADDRESS,
    PER_NAME_AND_ADDRESS,
    Allowance,
    Buckets,
    Throttle,
    TooManyTriesError,
    throttled,
)

RIGHT, WRONG = "open sesame", "open barley"
HERE, PROXY = "192.0.2.1", "10.0.0.1"


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        """Some time after the machine was started."""
        self.now = 1000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock=clock)


def wrong(throttle: Throttle, times: int, name: str = "maria", address: str = HERE) -> int:
    """How many of so many wrong passwords are looked at."""
    seen = 0
    for _ in range(times):
        try:
            throttle.begin(name, address)
            seen += 1
        except TooManyTriesError:
            pass
    return seen


def test_five_wrong_passwords_are_looked_at_and_then_one_each_five_seconds(throttle: Throttle, clock: Clock):
    assert Allowance(5, 5) == PER_NAME_AND_ADDRESS
    assert wrong(throttle, 60) == 5
    with pytest.raises(TooManyTriesError) as refused:
        throttle.begin("maria", HERE)
    assert refused.value.status_code == 429
    assert refused.value.headers == {"Retry-After": "5"}
    assert refused.value.get_message() == "Too many wrong passwords were tried. Try again in 5 s."
    clock.now += 5
    assert wrong(throttle, 60) == 1
    clock.now += 1000
    assert wrong(throttle, 60) == 5


def test_right_passwords_cost_nothing(throttle: Throttle):
    for number in range(1000):
        throttle.begin(f"user-{number % 7}", HERE)()
    assert wrong(throttle, 60, "maria") == 5


def test_another_name_and_another_address_have_tries_of_their_own(throttle: Throttle):
    assert wrong(throttle, 60) == 5
    assert wrong(throttle, 60, name="chen") == 5
    assert wrong(throttle, 60, address="192.0.2.2") == 5


def test_many_names_from_one_address_are_one_guesser(throttle: Throttle, clock: Clock):
    assert Allowance(20, 1) == PER_ADDRESS
    assert sum(wrong(throttle, 1, name=f"user-{number}") for number in range(200)) == 20
    clock.now += 10
    assert sum(wrong(throttle, 1, name=f"user-{number}") for number in range(200)) == 10


def test_whoever_forges_addresses_is_held_by_the_bucket_of_all(throttle: Throttle, clock: Clock):
    assert Allowance(50, 0.2) == IN_ALL
    assert sum(wrong(throttle, 1, address=f"forged-{number}") for number in range(1000)) == 50
    clock.now += 10
    assert sum(wrong(throttle, 1, address=f"other-{number}") for number in range(1000)) == 50
    clock.now += 1
    assert sum(wrong(throttle, 1, address=f"more-{number}") for number in range(1000)) == 5


def test_strangers_keep_nobody_out_who_has_been_here_before(throttle: Throttle):
    throttle.begin("maria", HERE)()
    assert sum(wrong(throttle, 1, address=f"forged-{number}") for number in range(1000)) == 50
    assert sum(wrong(throttle, 1, name=f"user-{number}") for number in range(1000)) == 0
    throttle.begin("maria", HERE)()
    with pytest.raises(TooManyTriesError):
        throttle.begin("chen", HERE)
    assert wrong(throttle, 60) == 5  # who is known has no more tries than others


def test_what_is_remembered_does_not_grow_without_bound():
    buckets = Buckets(Allowance(5, 5), entries=100)
    for number in range(1000):
        buckets.take(str(number).encode(), 0.0)
    assert len(buckets) == 100
    assert buckets.wait(b"999", 0.0) == 0
    throttle = Throttle()
    for number in range(MAX_ENTRIES + 10):
        throttle.begin(f"user-{number}", HERE)()
    assert len(throttle._known) == MAX_ENTRIES


def authenticator():
    return throttled(SharedPasswordAuthenticator)(user_password=RIGHT, allow_all=True)


def handler(forwarded: str = HERE, peer: str = PROXY):
    """What JupyterHub gives to an authenticator."""
    headers = HTTPHeaders({"X-Forwarded-For": forwarded, "X-Real-Ip": HERE})
    connection = SimpleNamespace(context=SimpleNamespace(address=(peer, 40_000)))
    request = SimpleNamespace(uri="/hub/login?next=", headers=headers, connection=connection, remote_ip=HERE)
    return SimpleNamespace(request=request, hub=SimpleNamespace(base_url="/hub/"))


def test_no_password_is_looked_at_without_a_token():
    site = authenticator()

    async def tried(password: str, name: str = "maria"):
        return await site.get_authenticated_user(handler(), {"username": name, "password": password})

    async def story():
        assert [await tried(WRONG) for _ in range(5)] == [None] * 5
        with pytest.raises(TooManyTriesError) as refused:
            await tried(RIGHT, "Maria")  # names are compared as the site normalises them
        assert refused.value.form == {"username": "Maria", "action": "/hub/login?next=", "authenticator": site}
        assert (await tried(RIGHT, "chen"))["name"] == "chen"

    asyncio.run(story())


def test_who_speaks_to_the_hub_past_the_proxy_uses_up_nothing_of_others():
    site = authenticator()

    async def tried(password: str, **where: str):
        return await site.get_authenticated_user(handler(**where), {"username": "maria", "password": password})

    async def story():
        for where in ({"peer": "10.0.0.99"}, {"forwarded": f"{HERE}, 203.0.113.9"}):
            assert [await tried(WRONG, **where) for _ in range(5)] == [None] * 5
            with pytest.raises(TooManyTriesError):
                await tried(RIGHT, **where)
        assert (await tried(RIGHT))["name"] == "maria"

    asyncio.run(story())


def test_tries_at_one_moment_are_counted_before_they_are_answered():
    class Slow(SharedPasswordAuthenticator):
        async def authenticate(self, handler, data):
            await asyncio.sleep(0.01)
            return await super().authenticate(handler, data)

    site = throttled(Slow)(user_password=RIGHT, allow_all=True)

    async def story():
        data = {"username": "maria", "password": WRONG}
        tries = [site.get_authenticated_user(handler(), data) for _ in range(60)]
        return await asyncio.gather(*tries, return_exceptions=True)

    answers = asyncio.run(story())
    assert answers.count(None) == 5
    assert sum(isinstance(one, TooManyTriesError) for one in answers) == 55


def test_a_login_without_a_password_is_left_alone():
    class Elsewhere(SharedPasswordAuthenticator):
        async def authenticate(self, handler, data):
            assert handler is not None
            assert data is None
            raise HTTPError(403)

    site = throttled(Elsewhere)()

    async def story():
        for _ in range(100):
            with pytest.raises(HTTPError) as refused:
                await site.get_authenticated_user(handler(), None)
            assert refused.value.status_code == 403

    asyncio.run(story())
