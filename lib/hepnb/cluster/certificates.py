"""Whom does a site trust beside the public authorities?

Run as a script it makes the files with both, and prints the variables that name them for a shell.
"""

import base64
import hashlib
import re
import shlex
import ssl
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hepnb.cluster.names import TRUST_STORE
from hepnb.errors import HepnbError, InputError, MissingInputError

PUBLIC: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""Where the images have the public authorities; deploy/images/prepare sees to it."""

VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""By which programs find the file of all authorities: OpenSSL and Python, requests, the AWS SDKs, curl."""

_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"

# The format of Java's own key stores (sun.security.provider.JavaKeyStore).
_MAGIC: Final = 0xFEEDFEED
_VERSION: Final = 2
_TRUSTED: Final = 2
_PASSWORD: Final = "changeit"  # noqa: S105  # Java's own, which everybody knows; the file holds no secret
_SALT: Final = b"Mighty Aphrodite"


def authorities(text: str) -> list[bytes]:
    """The certificates of a text, in DER.

    Args:
        text: certificates in PEM, one after the other; what stands between them is a comment.

    Raises:
        InputError: there is none, one is damaged, or a private key is among them. The sentence begins with a verb.
    """
    if "PRIVATE KEY-----" in text:
        raise InputError("holds a private key, which everybody would read; leave certificates alone in it.")
    blocks = _BLOCK.findall(text)
    if not blocks:
        raise InputError(f"holds no certificate in PEM; each begins with {_BEGIN}.")
    if len(blocks) != text.count(_BEGIN):
        raise InputError("holds a certificate that is cut off or damaged; copy the file again.")
    found = [_der(block, position) for position, block in enumerate(blocks, start=1)]
    return list(dict.fromkeys(found))


def pem(certificates: Iterable[bytes]) -> str:
    """Certificates in DER as a text in PEM.

    Args:
        certificates: one after the other.
    """
    return "".join(ssl.DER_cert_to_PEM_cert(one) for one in certificates)


def trust_store(certificates: Sequence[bytes]) -> bytes:
    """The key store by which Java trusts some certificates.

    Made here because Java's own keytool takes half a second for each certificate, in every executor.

    Args:
        certificates: in DER.
    """
    entries = b"".join(_entry(f"authority-{number}", one) for number, one in enumerate(certificates))
    content = struct.pack(">III", _MAGIC, _VERSION, len(certificates)) + entries
    # What Java compares to see whether the file is whole.
    return content + hashlib.sha1(_PASSWORD.encode("utf-16-be") + _SALT + content).digest()  # noqa: S324  # the format has no other


def trusting(text: str, folder: Path, *, public: Path = PUBLIC) -> dict[str, str]:
    """Write the files by which programs trust the site's authorities and the public ones.

    Args:
        text: certificates of the site in PEM.
        folder: for the files.
        public: file of the public authorities in PEM.

    Returns:
        The variables that name the files.

    Raises:
        InputError: the text is not what it must be.
        MissingInputError: there are no public authorities.
    """
    own = authorities(text)
    try:
        everywhere = public.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingInputError(
            f"The public authorities {public} cannot be read: {error.strerror}. The image must have them."
        ) from error
    known = [base64.b64decode(block) for block in _BLOCK.findall(everywhere)]
    both = list(dict.fromkeys([*known, *own]))
    bundle, store = folder / "ca.crt", folder / "authorities.jks"
    bundle.write_text(pem(both), encoding="ascii")
    store.write_bytes(trust_store(both))
    return {**dict.fromkeys(VARIABLES, str(bundle)), TRUST_STORE: str(store)}


def main(arguments: Sequence[str]) -> str | None:
    """Make the files, and print the variables; those that are set stay.

    Args:
        arguments: file of the site's certificates, and folder for the files that are made.

    Returns:
        What is wrong, as a sentence.
    """
    source, folder = map(Path, arguments)
    try:
        variables = trusting(source.read_text(encoding="utf-8"), folder)
    except (HepnbError, OSError, UnicodeDecodeError) as error:
        return f"The site's certificates cannot be used: {source}: {error}"
    for name, value in variables.items():
        sys.stdout.write(f'[ -n "${{{name}+set}}" ] || export {name}={shlex.quote(value)}\n')
    return None


def _der(block: str, position: int) -> bytes:
    try:
        found = base64.b64decode("".join(block.split()), validate=True)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
    except (ValueError, ssl.SSLError) as error:
        raise InputError(f"holds certificate number {position}, which is damaged; copy the file again.") from error
    return found


def _entry(alias: str, certificate: bytes) -> bytes:
    name, kind = alias.encode(), b"X.509"
    return b"".join(
        (
            struct.pack(">IH", _TRUSTED, len(name)) + name,
            struct.pack(">qH", 0, len(kind)) + kind,  # since when it is trusted: the same file each time
            struct.pack(">I", len(certificate)) + certificate,
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
