"""Does a server listen yet?"""

import asyncio
from typing import Final

_PATIENCE: Final = 1.0  # [s]


async def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there.

    Args:
        host: its address.
        port: of it.
    """
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _PATIENCE)
    except OSError:  # also where it takes too long
        return False
    writer.close()
    return True
