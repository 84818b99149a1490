"""What may those do who are let into a notebook server, and what is kept from them?"""

from collections.abc import Mapping
from typing import Final

OWN_SERVER: Final = "Whoever you let in runs code as you, and can read and change your files."
"""Said where a user's own server becomes a shared one."""

PROJECT_SERVER: Final = "Every member runs code as the project, and can read and change its files."
"""Said of a project."""

VISIT: Final = (
    "Open it only if you trust everybody who is let in: what its notebooks show runs in your browser, where you are "
    "logged in."
)
"""Said before somebody opens a server that is not the own one."""

LEFT_BEHIND: Final = (
    "That does not undo what was read, nor end programs that were left running there: stop the server and start it "
    "anew to be sure."
)
"""Said where somebody is let out."""

PERSONAL: Final = (
    "ACCESS_TOKEN",
    "AWS_",
    "AZURE_",
    "BEARER_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KRB5",
    "OAUTH2_",
    "OCI_",
    "REFRESH_TOKEN",
    "RUCIO_",
    "X509_",
    "XrdSec",
)
"""How variables begin that let a process reach storage in somebody's name, or name a file that does."""

IMPERSONAL: Final = frozenset(
    {
        "AWS_CA_BUNDLE",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_REGION",
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "AWS_RESPONSE_CHECKSUM_VALIDATION",
        "KRB5_CONFIG",
        "OCI_REGION",
        "RUCIO_HOME",
        "X509_CERT_DIR",
        "X509_CERT_FILE",
        "X509_VOMS_DIR",
    }
)
"""Of these, the ones that say where storage is and whom it trusts."""


def without_personal(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a shared server: all but those that open storage in its owner's name.

    Args:
        variables: by name.
    """
    return {name: value for name, value in variables.items() if name in IMPERSONAL or not name.startswith(PERSONAL)}
