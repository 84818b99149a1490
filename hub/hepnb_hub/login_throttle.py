"""How often may somebody try a password?"""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError

from hepnb_hub.site_class import with_ours_before

MAX_ENTRIES: Final = 10_000
"""Of each table: whoever tries many names must not fill the hub's memory."""

_ALL: Final = b""
_ROUNDING: Final = 1e-6  # [s]


@dataclass(frozen=True)
class Allowance:
    """How many wrong passwords are allowed.

    Attributes:
        burst: number of them at once.
        interval: time after which one more is allowed [s].
    """

    burst: int
    interval: float


PER_NAME_AND_ADDRESS: Final = Allowance(5, 5)
PER_ADDRESS: Final = Allowance(20, 1)
IN_ALL: Final = Allowance(50, 0.2)


class TooManyTriesError(HTTPError):
    """The password was not looked at.

    Attributes:
        headers: what JupyterHub adds to the answer.
        form: what the page of the login is made from; empty where a site has a page of its own.
    """

    def __init__(self, wait: float) -> None:
        """Say how long.

        Args:
            wait: time until the next try [s].
        """
        seconds = max(1, math.ceil(wait))
        super().__init__(429, "%s", f"Too many wrong passwords were tried. Try again in {seconds} s.")
        self.headers = {"Retry-After": str(seconds)}
        self.form: dict[str, Any] = {}


class Buckets:
    """Token buckets by key. A bucket that is full takes no memory."""

    def __init__(self, allowance: Allowance, *, entries: int = MAX_ENTRIES) -> None:
        """All buckets are full.

        Args:
            allowance: of each key.
            entries: number of buckets that are remembered; the one that was used longest ago is forgotten first.
        """
        self._interval = allowance.interval
        self._capacity = allowance.burst * allowance.interval
        self._entries = entries
        self._full_at: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        """Number of buckets that are remembered."""
        return len(self._full_at)

    def wait(self, key: bytes, now: float) -> float:
        """Time until there is a token [s]; 0 where there is one."""
        wait = self._of(key, now) + self._interval - self._capacity - now
        return wait if wait > _ROUNDING else 0.0

    def take(self, key: bytes, now: float) -> None:
        """Take a token."""
        self._full_at[key] = self._of(key, now) + self._interval
        self._full_at.move_to_end(key)
        while len(self._full_at) > self._entries:
            self._full_at.popitem(last=False)

    def give_back(self, key: bytes) -> None:
        """Put a token back that was taken."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def _of(self, key: bytes, now: float) -> float:
        return max(self._full_at.get(key, now), now)


class Throttle:
    """Counts wrong passwords by name and address, by address, and in all."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody has tried anything yet.

        Args:
            clock: time that only grows [s].
        """
        self._clock = clock
        self._by_pair, self._by_address, self._in_all = map(Buckets, (PER_NAME_AND_ADDRESS, PER_ADDRESS, IN_ALL))
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def begin(self, name: str, address: str) -> Callable[[], None]:
        """Take what a try costs before the password is looked at, because many tries may be under way at once.

        Args:
            name: as the authenticator knows the user.
            address: from which the try comes.

        Returns:
            What to call if the password was right: it then costs nothing, and the name is known at this address.

        Raises:
            TooManyTriesError: a bucket is empty.
        """
        now, who = self._clock(), _digest(name, address)
        costs = [(self._by_pair, who)]
        if who not in self._known:
            # Strangers can empty these two; that must not keep out who has been here before.
            costs += [(self._by_address, _digest(address)), (self._in_all, _ALL)]
        if wait := max(buckets.wait(key, now) for buckets, key in costs):
            raise TooManyTriesError(wait)
        for buckets, key in costs:
            buckets.take(key, now)
        return partial(self._succeeded, who, costs)

    def _succeeded(self, who: bytes, taken: list[tuple[Buckets, bytes]]) -> None:
        for buckets, key in taken:
            buckets.give_back(key)
        self._known[who] = None
        self._known.move_to_end(who)
        while len(self._known) > MAX_ENTRIES:
            self._known.popitem(last=False)


class Throttled(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """What is put before a site's authenticator: whoever tries many passwords must wait."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As JupyterHub makes it."""
        super().__init__(*arguments, **options)
        self._throttle = Throttle()

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:
        """Let in whom the site lets in, as long as not too many passwords were tried.

        Args:
            handler: of the request.
            data: what was typed, or what a request for a token has as `auth`; nothing where another site asks for the
                password, such as a provider of OAuth.

        Raises:
            TooManyTriesError: too many were wrong.
        """
        if not data:
            return await super().get_authenticated_user(handler, data)
        typed = str(data.get("username", "")) if isinstance(data, Mapping) else ""
        try:
            succeeded = self._throttle.begin(self.normalize_username(typed), _address(handler.request))
        except TooManyTriesError as error:
            if not self.get_custom_html(handler.hub.base_url):
                error.form = {"username": typed, "action": handler.request.uri, "authenticator": self}
            raise
        answer = await super().get_authenticated_user(handler, data)
        if answer:
            succeeded()
        return answer


def throttled(authenticator: Any) -> type:
    """The site's authenticator, by which nobody can try many passwords.

    Args:
        authenticator: as a site names it: a class, its path, or a short name of JupyterHub's.
    """
    return with_ours_before(Throttled, authenticator, kind=Authenticator, group="jupyterhub.authenticators")


def _address(request: Any) -> str:
    """Where a request comes from: every address that a proxy has noted, in their order, and who speaks to the hub.

    A stranger can write some before those that proxies note, and seems to come from elsewhere each time. Nobody can
    seem to come from somebody else's address, because each proxy adds the one that it sees. The last one is not
    JupyterHub's `remote_ip`, which headers change: users' pods reach the hub past the proxy, and write what they want.
    """
    peer = request.connection.context.address
    return ",".join([*request.headers.get_list("X-Forwarded-For"), peer[0] if isinstance(peer, tuple) else ""])


def _digest(*parts: str) -> bytes:
    """A key of fixed length, whatever strangers send."""
    return hashlib.sha256(b"\0".join(part.encode("utf-8", "surrogatepass") for part in parts)).digest()
