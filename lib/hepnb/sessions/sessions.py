"""Which sessions are there, whose are they, and may there be one more?"""

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Final

from hepnb.cluster.profiles import load_profiles
from hepnb.errors import HepnbError, InputError
from hepnb.sessions.answers import NotThereError
from hepnb.sessions.launcher import Launcher
from hepnb.sessions.records import Record, Shelf
from hepnb.sessions.session import Session
from hepnb.sessions.wishes import SessionWish

log = logging.getLogger(__name__)

_GB: Final = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a user may have.

    Attributes:
        sessions: at a time.
        memory: of all of them together [B].
        idle_timeout: after which one ends that nobody uses [s].
        cores: of the machine, for profiles of all cores.
    """

    sessions: int
    memory: int
    idle_timeout: float
    cores: int


class Sessions:
    """All sessions of all users; each user sees the own ones only, and they are numbered for each user anew."""

    def __init__(self, shelf: Shelf, launcher: Launcher, limits: Limits) -> None:
        """There is none yet."""
        self._shelf, self._launcher, self._limits = shelf, launcher, limits
        self._all: dict[str, dict[int, Session]] = {}
        self._one_at_a_time = asyncio.Lock()

    def resume(self) -> None:
        """Find those again that an earlier service has started."""
        for record in self._shelf.records():
            session = self._put(record)
            if not record.started:  # the service ended in the middle of its start
                asyncio.get_running_loop().create_task(session.end())
            else:
                session.resume()

    def close(self) -> None:
        """Leave them alone; they go on without the service."""
        for own in self._all.values():
            for session in own.values():
                session.close()

    def of(self, owner: str) -> list[Session]:
        """Those of a user, in the order of their numbers."""
        return sorted(self._all.get(owner, {}).values(), key=lambda session: session.record.number)

    def find(self, owner: str, which: str) -> Session:
        """The session with that number or name.

        Raises:
            NotThereError: that user has none.
        """
        for session in self.of(owner):
            if which in (str(session.record.number), session.record.fields["name"]):
                return session
        raise NotThereError(f"Session '{which[:200]}' not found.")

    async def open(self, owner: str, wish: SessionWish, *, notebook: str | None) -> Session:
        """A new session, or the one of that name or notebook that lives.

        Args:
            owner: whose.
            wish: what was asked for.
            notebook: that asks, if it says so.

        Raises:
            InputError: there may not be one more, or the one that lives is another than what was asked for.
        """
        async with self._one_at_a_time:
            return await self._found(owner, wish, notebook) or await self._begun(owner, wish, notebook)

    async def _found(self, owner: str, wish: SessionWish, notebook: str | None) -> Session | None:
        name = wish.name
        for session in self.of(owner):
            record = session.record
            same = record.fields["name"] == name if name is not None else notebook and record.notebook == notebook
            if not same or session.state == "shutting_down" or (name is None and record.fields["name"] is not None):
                continue
            if not session.lives:
                await session.end()
            elif wish.fits(record.profile, record.options):
                session.touch()
                return session
            elif name is not None:
                raise InputError(
                    f"Rejected, Reason: the session '{name}' runs with other settings (profile '{record.profile}'); "
                    "ask for it with the same ones, stop it first, or take another name."
                )
            else:
                await session.end()
        return None

    async def _begun(self, owner: str, wish: SessionWish, notebook: str | None) -> Session:
        memory = self._require_room(owner, wish)
        session = self._put(self._record(owner, wish, memory=memory, notebook=notebook))
        try:
            session.begin()
        except HepnbError as error:
            await session.end()
            raise InputError(str(error)) from error
        return session

    def _put(self, record: Record) -> Session:
        session = Session(record, self._launcher, forget=self._remove)
        self._all.setdefault(record.owner, {})[record.number] = session
        return session

    def _remove(self, session: Session) -> None:
        self._all[session.record.owner].pop(session.record.number, None)

    def _require_room(self, owner: str, wish: SessionWish) -> int:
        """What the new one takes [B]."""
        memory = wish.memory_of(load_profiles()[wish.profile], self._limits.cores)
        living = [session for session in self.of(owner) if session.lives]
        names = ", ".join(session.record.fields["name"] or str(session.record.number) for session in living)
        if len(living) >= self._limits.sessions:
            raise InputError(
                f"Rejected, Reason: you have {len(living)} sessions ({names}), and may have {self._limits.sessions}; "
                "stop one, on the page of remote sessions or with %%cleanup -f."
            )
        taken = sum(session.record.memory for session in living)
        if living and taken + memory > self._limits.memory:
            raise InputError(
                f"Rejected, Reason: the session would take {memory / _GB:.1f} GB, your sessions ({names}) have "
                f"{taken / _GB:.1f} GB, and together they may have {self._limits.memory / _GB:.1f} GB; stop one, or "
                "take a smaller profile."
            )
        return memory

    def _record(self, owner: str, wish: SessionWish, *, memory: int, notebook: str | None) -> Record:
        number = self._shelf.next_number(owner)
        return Record(
            folder=self._shelf.place(owner, number),
            owner=owner,
            number=number,
            fields=dict(wish.fields),
            profile=wish.profile,
            options=dict(wish.options),
            memory=memory,
            idle_timeout=wish.idle_timeout or self._limits.idle_timeout,
            ttl=wish.ttl,
            heartbeat=wish.heartbeat,
            notebook=notebook,
            created=time.time(),
            key=secrets.token_hex(32),
            token=secrets.token_urlsafe(32),
        )
