"""Can the platform listen, and reach itself?"""

import errno
import ipaddress
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib import request

from hepnb.cluster.ports import free_port
from hepnb.cluster.site import DataFolder, Settings
from hepnb.errors import InputError
from hepnb.operations.data_folder import holder
from hepnb.operations.doctor.findings import Finding, doubtful, failing, well
from hepnb.operations.ports import require_free

LOOPBACK: Final = "127.0.0.1"

_PATIENCE: Final = 20.0  # [s] for a proxy to listen
_PAUSE: Final = 0.05  # [s]
_NEIGHBOURS: Final = 50  # ports beside the wished one that are tried
_FIRST_UNPRIVILEGED: Final = 1024
_OTHER_HOST: Final = f"Give --host an address of this machine, such as {LOOPBACK}."
_VARIABLES: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def port(folder: DataFolder, host: str, wished: int) -> Finding:
    """Can the platform listen where it is asked to?

    Args:
        folder: of the data; a platform that runs on them may be the one that listens there.
        host: the address.
        wished: the port.
    """
    name = f"port {wished}"
    error = _obstacle(host, wished)
    if error is None:
        return well(name, f"free on {host}")
    if isinstance(error, socket.gaierror):
        return failing(name, f"the address {host} is not known: {error.strerror}", _OTHER_HOST)
    if error.errno == errno.EADDRINUSE and _listens_there(folder, wished):
        return well(name, f"in use by the platform that runs on {folder.path}")
    if error.errno == errno.EADDRINUSE:
        return failing(name, f"taken on {host}{_by_whom(wished)}", f"hepnb up --port {_free_beside(host, wished)}")
    if error.errno == errno.EACCES and wished < _FIRST_UNPRIVILEGED:
        fix = f"hepnb up --port {_free_beside(host, max(wished, 8000))}"
        return failing(name, f"ports below {_FIRST_UNPRIVILEGED} are for root alone", fix)
    return failing(name, f"{host} cannot be listened on: {error.strerror}", _OTHER_HOST)


def loopback() -> Finding:
    """Is 'localhost' this machine, and does its loopback work?"""
    fix = f"Write the line '{LOOPBACK} localhost' into /etc/hosts."
    try:
        addresses = {str(one[4][0]) for one in socket.getaddrinfo("localhost", None)}
    except socket.gaierror as error:
        return failing("loopback", f"'localhost' is not known: {error.strerror}", fix)
    strange = sorted(address for address in addresses if not ipaddress.ip_address(address).is_loopback)
    if strange:
        return failing("loopback", f"'localhost' is {strange[0]}, which is not this machine", fix)
    try:
        with socket.create_server((LOOPBACK, 0)) as server:
            socket.create_connection(server.getsockname(), timeout=_PATIENCE).close()
    except OSError as error:
        return failing("loopback", f"{LOOPBACK} does not answer: {error.strerror}", "sudo ip link set lo up")
    return well("loopback", f"localhost is {', '.join(sorted(addresses))}")


def proxy(environment: Mapping[str, str]) -> Finding:
    """Does the hub's proxy start?"""
    ports = [free_port(), free_port()]
    options = ["--ip", LOOPBACK, "--api-ip", LOOPBACK, "--port", str(ports[0]), "--api-port", str(ports[1])]
    # As the hub starts it.
    command = [sys.executable, "-m", "hepnb_hub.proxy", *options]
    variables = {**environment, "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=variables)
        try:
            if _listens(process, ports):
                return well("proxy", "it starts")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        lines = said.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")
    return failing("proxy", f"it does not start: {last}", f"{sys.executable} -m hepnb.cluster.proxy_program")


def proxy_variables(environment: Mapping[str, str]) -> Finding:
    """Do programs of this machine reach the platform directly, or are they told to ask a proxy of the site?"""
    named = [name for name in _VARIABLES if environment.get(name)]
    direct = {"no": environment.get("no_proxy") or environment.get("NO_PROXY") or ""}
    # typeshed does not know the function; Python's own programs ask it.
    goes_direct = getattr(request, "proxy_bypass_environment")  # noqa: B009  # as the line above says
    detours = [host for host in (LOOPBACK, "localhost") if not goes_direct(host, direct)]
    if not named:
        return well("proxy variables", "none is set")
    if not detours:
        return well("proxy variables", f"{named[0]} is set, but not for this machine")
    wanted = ",".join(filter(None, [direct["no"], *detours]))
    found = f"{named[0]} sends also what is meant for {' and '.join(detours)} to a proxy of the site"
    return doubtful("proxy variables", found, f"export no_proxy={wanted} NO_PROXY={wanted}")


def _obstacle(host: str, wished: int) -> OSError | None:
    """Why nobody can listen there; ``None`` where one can."""
    try:
        require_free(host, wished)
    except InputError as error:
        return error.__cause__ if isinstance(error.__cause__, OSError) else OSError(str(error))
    return None


def _listens_there(folder: DataFolder, wished: int) -> bool:
    with suppress(OSError, ValueError, TypeError):
        return holder(folder) is not None and Settings.load(folder).port == wished
    return False


def _by_whom(wished: int) -> str:
    # A package of the platform, which may be missing; and not every system shows everybody whose connections there are.
    with suppress(ImportError, OSError):
        import psutil

        with suppress(psutil.Error):
            for connection in psutil.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (wished,) and connection.pid:
                    return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""


def _free_beside(host: str, wished: int) -> int:
    """A free port near the wished one; any where none is near."""
    near = range(wished + 1, min(wished + _NEIGHBOURS, 1 << 16))
    return next((one for one in near if _obstacle(host, one) is None), 0) or free_port()


def _listens(process: subprocess.Popen[bytes], ports: list[int]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            for one in ports:
                socket.create_connection((LOOPBACK, one), timeout=1).close()
            return True
        time.sleep(_PAUSE)
    return False
