import json
import os
import signal
import time
from contextlib import suppress

import pytest

from tests.waiting import until

from .jupyter import Channels, Server, is_state


def sentences(messages: list[dict], *, cell: str) -> list[str]:
    """What a cell was told on stderr."""
    return [
        message["content"]["text"]
        for message in messages
        if message["msg_type"] == "stream" and message["parent_header"].get("msg_id") == cell
    ]


def begin(channels: Channels, code: str) -> str:
    """Run a cell and return when it runs."""
    cell = channels.run(code)
    channels.until(lambda message: message["parent_header"].get("msg_id") == cell and is_state("busy")(message))
    return cell


def finish(channels: Channels, code: str) -> list[dict]:
    """Run a cell to its end; a kernel that is just starting may have missed it."""
    for _ in range(10):
        cell = channels.run(code)
        with suppress(TimeoutError):
            return channels.until(
                lambda message, cell=cell: message["parent_header"].get("msg_id") == cell and is_state("idle")(message),
                seconds=5,
            )
    raise AssertionError("the kernel runs no cell")


def state_of(server: Server, kernel: str) -> str:
    """What the server believes that a kernel does."""
    return json.loads(server.ask(f"api/kernels/{kernel}").text)["execution_state"]


def pages_of(server: Server, kernel: str) -> int:
    """How many pages are connected to a kernel."""
    return json.loads(server.ask(f"api/kernels/{kernel}").text)["connections"]


def is_death(event: dict) -> bool:
    return event["schema_id"].endswith("kernel_death")


def test_a_cell_whose_kernel_is_killed_says_so_before_the_kernel_starts_again(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels, server.channels(kernel) as other_page, server.events() as events:
        cell = begin(channels, "import time; time.sleep(60)")
        os.kill(server.process(kernel), signal.SIGKILL)
        (sentence,) = sentences(channels.until(is_state("restarting")), cell=cell)
        assert sentence.startswith("The kernel was killed")
        assert "signal 9" in sentence
        assert "variables are gone" in sentence
        assert sentences(other_page.until(is_state("restarting")), cell=cell) == [sentence]

        # The next death meets no running cell, although that one never ended.
        until(lambda: server.process(kernel), what="the kernel runs again")
        finish(channels, "1 + 1")
        os.kill(server.process(kernel), signal.SIGSEGV)
        told = events.until(is_death)
        assert [event["kernel_id"] for event in told if is_death(event)] == [kernel]
        assert told[-1]["sentence"].startswith("The kernel crashed (signal 11, SIGSEGV)")
        assert sentences(channels.until(is_state("restarting")), cell=cell) == []
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_kernel_that_ends_itself_leaves_its_exit_code(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels:
        cell = begin(channels, "import os, time; time.sleep(0.5); os._exit(3)")
        (sentence,) = sentences(channels.until(is_state("restarting")), cell=cell)
        assert sentence.startswith("The kernel ended by itself with exit code 3")
        # Else the kernel would count as busy, and its server as active, until the next cell.
        until(lambda: server.process(kernel), what="the kernel runs again")
        assert state_of(server, kernel) != "busy"
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_death_that_nobody_saw_is_told_to_the_first_page_that_comes(server: Server):
    kernel = server.kernel()
    process = server.process(kernel)
    with server.events() as events:
        os.kill(process, signal.SIGKILL)
        until(lambda: server.process(kernel) not in (process, None), what="the kernel runs again")
        with server.channels(kernel):
            assert events.until(is_death)[-1]["kernel_id"] == kernel
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_restart_that_the_user_asked_for_needs_no_explanation(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels, server.events() as events:
        cell = begin(channels, "import time; time.sleep(60)")
        assert server.ask(f"api/kernels/{kernel}/restart", method="POST").code == 200
        time.sleep(1)  # long enough for two looks at the kernel
        assert sentences(finish(channels, "1 + 1"), cell=cell) == []
        server.ask(f"api/kernels/{kernel}", method="DELETE")
        with pytest.raises(TimeoutError):
            events.until(is_death, seconds=1)


def test_a_page_that_was_loaded_since_the_cell_began_is_told_beside_it(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as closed:
        begin(closed, "import time; time.sleep(60)")
    until(lambda: pages_of(server, kernel) == 0, what="the page is closed")
    with server.channels(kernel) as channels, server.events() as events:
        until(lambda: pages_of(server, kernel) == 1, what="the page is connected")
        os.kill(server.process(kernel), signal.SIGKILL)
        channels.until(is_state("restarting"))
        assert events.until(is_death)[-1]["kernel_id"] == kernel
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_kernel_that_cannot_start_again_is_announced_once(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels, server.events() as events:
        finish(channels, "1 + 1")
        startup = server.home / ".ipython" / "profile_default" / "startup" / "end.py"
        startup.write_text("import os; os._exit(7)")
        try:
            cell = channels.run("import os, time; time.sleep(0.5); os._exit(3)")
            seen = channels.until(is_state("dead"))
        finally:
            startup.unlink()
        (sentence,) = sentences(seen, cell=cell)
        assert "exit code 3" in sentence
        (told,) = (event for event in events.until(is_death) if is_death(event))
        assert "exit code 7" in told["sentence"]
        assert "restart it from the menu Kernel" in told["sentence"]
    server.ask(f"api/kernels/{kernel}", method="DELETE")
