"""Which safe name does a user have in paths, labels and addresses?"""

import hashlib
import re
from typing import Final

MAX_SLUG: Final = 40
"""Characters: room for a prefix within the 63 of a Kubernetes label."""

_SAFE: Final = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,39}(?<!-)")
_DIGITS: Final = 16  # hexadecimal: nobody finds a name with the digits of another's


def slug(name: str) -> str:
    """A name of ``a-z``, ``0-9`` and single hyphens as it is; any other with a hash, so that two never share one.

    Args:
        name: of a user, whatever it holds.

    Returns:
        At most `MAX_SLUG` characters that are safe in a path, a DNS label and an address. ``--`` stands between what
        can be read of an unsafe name and its hash, and in no safe name.
    """
    if _SAFE.fullmatch(name):
        return name
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: MAX_SLUG - _DIGITS - 2].rstrip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{readable or 'user'}--{digest}"
