"""Real kernels, as a notebook server starts them, without the server."""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

LIBRARY = Path(__file__).parents[1] / "lib"
_KERNELS = Path(__file__).parents[1] / "kernels"
_PATIENCE = 120  # [s]


@dataclass
class Outputs:
    """What a cell left in the notebook, in the order of arrival."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """The contents of messages of a kind."""
        return [one["content"] for one in self.messages if one["msg_type"] in kinds]

    @property
    def text(self) -> str:
        """What was printed."""
        return "".join(content["text"] for content in self.of("stream"))

    @property
    def displays(self) -> list[str]:
        """Texts of displays, and of what they were changed into."""
        return [content["data"].get("text/plain", "") for content in self.of("display_data", "update_display_data")]

    @property
    def error(self) -> str:
        """What stands in the place of a traceback."""
        text = "\n".join(line for content in self.of("error") for line in content["traceback"])
        return re.sub(r"\x1b\[[\d;]*m", "", text)

    def check(self) -> "Outputs":
        """Themselves, where the cell went well."""
        assert not self.error, self.error
        return self


class Kernel:
    """A kernel that runs."""

    def __init__(self, manager: KernelManager) -> None:
        """Wait until it answers."""
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=_PATIENCE)

    def send(self, code: str) -> str:
        """Let it run a cell; returns at once."""
        return self.client.execute(code)

    def wait_until_it_runs(self, cell: str) -> None:
        """Until a cell has begun: before, the kernel leaves interrupts alone."""
        while True:
            message = self.client.get_iopub_msg(timeout=_PATIENCE)
            if message["parent_header"].get("msg_id") == cell and message["msg_type"] == "execute_input":
                return

    def wait(self, cell: str) -> Outputs:
        """What came of a cell, when it has ended."""
        outputs = Outputs()
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=_PATIENCE)
            if message["parent_header"].get("msg_id") != cell:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return outputs
            outputs.messages.append(message)
        raise TimeoutError(cell)

    def run(self, code: str) -> Outputs:
        """Run a cell."""
        return self.wait(self.send(code))

    def value(self, expression: str) -> str:
        """What an expression is, as text."""
        return self.run(f"print({expression}, end='')").check().text

    @property
    def pid(self) -> int:
        """Its process."""
        return int(self.manager.provisioner.pid)


@contextmanager
def kernel(name: str, *, folder: Path, **variables: str) -> Iterator[Kernel]:
    """A kernel with a home of its own.

    Args:
        name: of the kernelspec.
        folder: where it works, and where Jupyter keeps its things.
        variables: of its environment.
    """
    manager = KernelManager(kernel_name=name)
    manager.kernel_spec_manager.kernel_dirs.insert(0, str(kernelspecs(folder) / "kernels"))
    manager.connection_file = str(folder / "runtime" / f"kernel-{KERNEL_ID}.json")
    (folder / "runtime").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hepnb-") as sockets:
        # A port that Jupyter finds free may be taken before the kernel listens there.
        manager.transport, manager.ip = "ipc", f"{sockets}/k"
        manager.start_kernel(cwd=str(folder), env=environment(folder, **variables), extra_arguments=[])
        running = Kernel(manager)
        try:
            yield running
        finally:
            running.client.stop_channels()
            manager.shutdown_kernel()


KERNEL_ID = "0f1e2d3c-1111-2222-3333-444455556666"


def kernelspecs(folder: Path) -> Path:
    """A folder of Jupyter's with the kernelspecs of this working copy, under the names that they are installed with."""
    specs = folder / "share" / "kernels"
    specs.mkdir(parents=True, exist_ok=True)
    for name, source in (("hepnb-spark", "spark-local"), ("hepnb-session", "spark-session")):
        if not (specs / name).exists():
            (specs / name).symlink_to(_KERNELS / source)
    return specs.parent


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """That of a kernel, or of a program that starts some."""
    quiet = {"HEPNB_PROFILE", "SPARK_REMOTE", "JPY_SESSION_NAME", "JUPYTERHUB_SERVICE_PREFIX"}
    inherited = {name: value for name, value in os.environ.items() if name not in quiet}
    path = os.pathsep.join([str(LIBRARY), *(entry for entry in sys.path if entry.startswith("/"))])
    return {
        **inherited,
        "PYTHONPATH": path,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_PATH": str(kernelspecs(folder)),
        "IPYTHONDIR": str(folder / "ipython"),
        **variables,
    }
