"""Who may see Spark's own pages: whoever has a token that is signed with their secret."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Final

_BYTES: Final = 48  # Spark asks for 32 at least


def new_secret() -> str:
    """A secret for one Spark, as base64url."""
    return _text(secrets.token_bytes(_BYTES))


def sign(secret: str) -> str:
    """The token that Spark's JWSFilter accepts, as ``Authorization: Bearer <token>``.

    Args:
        secret: from `new_secret`.

    Returns:
        A JSON web signature (RFC 7515) with HMAC and SHA-256 (RFC 7518).
    """
    unsigned = f"{_text(json.dumps({'alg': 'HS256'}).encode())}.{_text(json.dumps({'sub': 'owner'}).encode())}"
    key = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    return f"{unsigned}.{_text(hmac.digest(key, unsigned.encode(), hashlib.sha256))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
