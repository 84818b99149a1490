"""What is wrong with a file, as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from hepnb.errors import HepnbError, UnreadableFileError


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Tell whatever the libraries raise, when they meet damaged bytes, as one sentence about `what`.

    Raises:
        UnreadableFileError: the block raised an error that is not one of ours.
    """
    try:
        yield
    except HepnbError:
        raise
    except Exception as error:  # damaged bytes can make uproot and the codecs raise anything
        raise UnreadableFileError(f"{what} cannot be read: {reason(error)}.") from error


def reason(error: BaseException) -> str:
    """Why a library gave up, as the tail of a sentence: the first line of its message, or its kind."""
    if isinstance(error, HepnbError):
        return str(error)
    first_line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return first_line.rstrip(".:") or type(error).__name__
