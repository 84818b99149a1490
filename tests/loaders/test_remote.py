"""Does storage that wants other credentials say which, and does a server that is away take seconds only?"""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from hepnb.errors import AccessError, HepnbError, UnreadableFileError
from hepnb.loaders import remote
from hepnb.loaders.catalogue import describe
from hepnb.loaders.files import open_tree

from .round_trip import TREE, write

OPEN, OTHERS = "/bucket/open.root", "/bucket/others.root"
ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>{}.</Message></Error>"


class _S3(BaseHTTPRequestHandler):
    """Knows one key, and two files, of which the key opens one."""

    protocol_version = "HTTP/1.1"
    content = b""

    def do_GET(self) -> None:
        if "Credential=known/" not in self.headers.get("Authorization", ""):
            self._answer(403, ERROR.format("InvalidAccessKeyId", "The key does not exist in our records").encode())
        elif self.path.partition("?")[0] != OPEN:
            self._answer(403, ERROR.format("AccessDenied", "Access Denied").encode())
        elif asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            self._answer(206, self.content[int(first) : int(last or len(self.content)) + 1])
        else:
            self._answer(200, self.content)

    do_HEAD = do_GET  # noqa: N815  # the name that the library looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 206:
            first = self.headers["Range"].removeprefix("bytes=").partition("-")[0]
            self.send_header("Content-Range", f"bytes {first}-{int(first) + len(body) - 1}/{len(self.content)}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """A server of S3, and a process that has its address and no credentials."""
    _S3.content = Path(write(tmp_path / "open.root", {"x": [1.0, 2.0]})).read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _S3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "eu")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield monkeypatch
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.shutdown()
    server.server_close()


def refusal(path: str = f"s3:/{OPEN}") -> str:
    began = time.monotonic()
    with pytest.raises(AccessError) as raised, open_tree(path, TREE):
        pass
    assert time.monotonic() - began < 10
    return str(raised.value)


def keys(monkeypatch: pytest.MonkeyPatch, key: str, secret: str | None = "xyzzy") -> None:  # noqa: S107  # of nobody
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    if secret is not None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)


def test_with_the_right_key_a_file_is_read(storage: pytest.MonkeyPatch):
    keys(storage, "known")
    assert describe(f"s3:/{OPEN}", tree=TREE).entries == 2


@pytest.mark.usefixtures("storage")
def test_without_credentials_the_variables_are_named():
    assert refusal() == (
        "s3://bucket/open.root cannot be opened: there are no credentials for S3 where it is read. Set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY before Python starts; on Kubernetes the operator of the platform "
        "sets them for notebooks and executors with 'environmentSecret'."
    )


def test_the_half_that_is_missing_is_named(storage: pytest.MonkeyPatch):
    keys(storage, "known", None)
    assert "missing: AWS_SECRET_ACCESS_KEY. Set AWS_ACCESS_KEY_ID and" in refusal()


def test_a_wrong_key_is_told_by_the_server_and_none_is_repeated(storage: pytest.MonkeyPatch):
    keys(storage, "stranger")
    told = refusal()
    assert told.startswith(
        "s3://bucket/open.root cannot be opened: the server refuses AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY as "
        "they are set where the file is read (The key does not exist in our records). Correct them,"
    )
    assert "xyzzy" not in told


def test_a_file_of_others_is_told(storage: pytest.MonkeyPatch):
    keys(storage, "known")
    assert "as they are set where the file is read (Access Denied)." in refusal(f"s3:/{OTHERS}")


def test_a_server_that_does_not_answer_is_given_up_in_seconds(storage: pytest.MonkeyPatch):
    """Nothing is taken from its queue of one, so that further connections get no answer."""
    keys(storage, "known")
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))
        away.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(away.getsockname())
        storage.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{away.getsockname()[1]}")
        began = time.monotonic()
        with (
            pytest.raises(UnreadableFileError, match="Connect timeout on endpoint URL"),
            open_tree(f"s3:/{OPEN}", TREE),
        ):
            pass
        assert time.monotonic() - began < 30
        for one in waiting:
            one.close()


def test_what_a_site_has_configured_for_fsspec_stays(monkeypatch: pytest.MonkeyPatch):
    own = {"s3": {"addressing_style": "path"}, "connect_timeout": 9}
    monkeypatch.setitem(fsspec.config.conf, "s3", {"config_kwargs": own})
    assert remote.options("s3://b/x.root") == {"config_kwargs": {**own, "retries": {"total_max_attempts": 2}}}
    assert remote.options("root://b/x.root") == {}


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        (
            "root://eos.example.org//x.root",
            OSError("File did not open properly: [FATAL] Auth failed: No protocols left to try"),
            "No protocols left to try). Set BEARER_TOKEN (or BEARER_TOKEN_FILE), X509_USER_PROXY or KRB5CCNAME before",
        ),
        ("root://eos.example.org//x.root", OSError("[ERROR] Socket timeout"), None),
        ("https://example.org/x.root", PermissionError("no"), None),
        ("/data/x.root", PermissionError("no"), None),
    ],
)
def test_xrootd_has_variables_of_its_own_and_others_have_none(path: str, error: Exception, told: str | None):
    found = remote.refusal(path, error)
    assert found is None if told is None else told in str(found)


def test_it_is_an_unreadable_file_to_whoever_leaves_those_out():
    assert issubclass(AccessError, UnreadableFileError)
    assert issubclass(AccessError, HepnbError)
