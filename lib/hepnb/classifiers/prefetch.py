"""How does the next batch get ready while the current one is used?"""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final, TypeVar

Item = TypeVar("Item")

_PATIENCE: Final = 0.1  # [s]


def prefetched(items: Iterable[Item], *, ahead: int = 2) -> Iterator[Item]:
    """The same items, made in a thread of their own.

    Args:
        items: what to make.
        ahead: how many wait at most.

    Raises:
        Exception: what making them raised, in its turn.
    """
    ready: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(ahead)
    unwanted = threading.Event()

    def put(item: Item | None, error: BaseException | None = None) -> None:
        while not unwanted.is_set():
            with suppress(queue.Full):
                ready.put((item, error), timeout=_PATIENCE)
                return

    def fill() -> None:
        try:
            for item in items:
                put(item)
                if unwanted.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:  # it is raised where the items are used
            put(None, error)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # without an error there is an item
    finally:
        unwanted.set()
        thread.join()
