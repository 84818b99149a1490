"""How long does reading wait for a server, and what does it say of credentials?"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

import fsspec.config

from hepnb.loaders.damage import reason

_S3: Final[Mapping[str, Any]] = {
    "connect_timeout": 2,  # [s]; s3fs tries five times
    "retries": {"total_max_attempts": 2},  # each time; the default of five makes two minutes of a server that is away
}
_S3_KEYS: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_XROOTD_KEYS: Final = "BEARER_TOKEN (or BEARER_TOKEN_FILE), X509_USER_PROXY or KRB5CCNAME"
_WHERE: Final = (
    "before Python starts; on Kubernetes the operator of the platform sets them for notebooks and executors with "
    "'environmentSecret'"
)
_NONE: Final = ("NoCredentialsError", "CredentialRetrievalError", "NoAuthTokenError")
_PARTIAL: Final = "PartialCredentialsError"
_DENIED: Final = ("Auth failed", "[3010]", "permission denied")  # of XRootD's client, which has no kinds of errors


def options(path: str) -> dict[str, Any]:
    """What uproot passes on to the file system of an address.

    Args:
        path: local path, or an address.
    """
    if not _is_s3(path):
        return {}
    # Options replace what a site has configured for fsspec, so that must be among them.
    configured = fsspec.config.conf.get("s3", {}).get("config_kwargs", {})
    return {"config_kwargs": copy.deepcopy({**_S3, **configured})}  # botocore writes into it


def refusal(path: str, error: BaseException) -> str | None:
    """A sentence that names the variables with credentials, where an error is about them.

    Args:
        path: address of the file.
        error: which opening it has raised.
    """
    chain = list(_causes(error))
    if _is_s3(path):
        # By name: nobody imports botocore to learn that a local file is damaged.
        if partial := next((one for one in chain if type(one).__name__ == _PARTIAL), None):
            return f"{path} cannot be opened: {reason(partial)}. Set {_S3_KEYS} {_WHERE}."
        if any(type(one).__name__ in _NONE for one in chain):
            return (
                f"{path} cannot be opened: there are no credentials for S3 where it is read. Set {_S3_KEYS} {_WHERE}."
            )
        if isinstance(error, PermissionError):
            return (
                f"{path} cannot be opened: the server refuses {_S3_KEYS} as they are set where the file is read "
                f"({reason(error)}). Correct them, or AWS_SESSION_TOKEN if it is set, {_WHERE}."
            )
    elif path.startswith(("root://", "roots://")) and any(sign in str(error) for sign in _DENIED):
        return f"{path} cannot be opened: the server refuses access ({reason(error)}). Set {_XROOTD_KEYS} {_WHERE}."
    return None


def _is_s3(path: str) -> bool:
    return path.startswith(("s3://", "s3a://"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
