"""Do the messages of Spark's listener reach the browser, whenever it comes."""

import socket

from hepnb.notebook.monitor import Monitor
from tests.waiting import until


class Browser:
    """The other end of a comm."""

    def __init__(self):
        """Hear nothing yet."""
        self.heard = []
        self.close = None

    def send(self, data):
        """What the kernel calls."""
        self.heard.append(data.get("msg", data["msgtype"]))

    def on_close(self, callback):
        """What the kernel calls."""
        self.close = callback

    def wait_for(self, *messages):
        """Until exactly these were heard."""
        until(lambda: self.heard == list(messages), within=10, what=f"{messages} is all that was heard", pause=0.01)


def test_messages_wait_for_the_browser_and_for_the_next_one():
    monitor, first, second = Monitor(), Browser(), Browser()
    with socket.create_connection(("127.0.0.1", monitor.port)) as listener:
        listener.sendall("früh;EOD:".encode()[:3])
        listener.sendall("früh;EOD:".encode()[3:])
        until(lambda: monitor.kept, within=10, what="the first message came", pause=0.01)
        monitor.opened(first, None)
        listener.sendall(b"second;EOD:third;EO")
        first.wait_for("commopen", "früh", "second")
        first.close(None)
        listener.sendall(b"D:")
        until(lambda: monitor.kept, within=10, what="the third message came", pause=0.01)
        monitor.opened(second, None)
        second.wait_for("commopen", "third")
    with socket.create_connection(("127.0.0.1", monitor.port)) as next_listener:
        next_listener.sendall(b"of the next Spark;EOD:")
        second.wait_for("commopen", "third", "of the next Spark")


def test_what_nobody_fetches_does_not_fill_the_memory():
    monitor, late = Monitor(), Browser()
    for number in range(5_000):
        monitor.take(str(number))
    monitor.opened(late, None)
    assert late.heard[0] == "commopen"
    assert late.heard[-1] == "4999"
    assert len(late.heard) == 1_001
