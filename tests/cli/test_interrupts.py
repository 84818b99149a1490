import signal
import subprocess
import sys

import pytest

SCRIPT = """
import time, weakref
from hepnb.cli import interrupts

class Forgotten:
    def __del__(self):
        time.sleep(1)  # an exception raised in here is dropped by Python

interrupts.install()
print("ready", flush=True)
try:
    Forgotten()
    time.sleep(20)
except KeyboardInterrupt:
    interrupts.heard()
    time.sleep(3)  # cleaning up is not disturbed
    print("clean", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_a_destructor_swallows_comes_again_and_cleaning_up_is_left_in_peace(number: int):
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.send_signal(number)
    output, errors = running.communicate(timeout=30)
    assert "Exception ignored in" in errors
    assert output == "clean\n"
    assert running.returncode == 0
