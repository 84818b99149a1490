import signal
import subprocess
import sys

import pytest

SCRIPT = """
import time
from hepnb.cli import interrupts

class Forgotten:
    def __del__(self):
        print("ready", flush=True)
        time.sleep(20)  # an exception raised in here is dropped by Python

interrupts._PATIENCE = 0.5
interrupts.install()
try:
    Forgotten()
    time.sleep(20)
except KeyboardInterrupt:
    interrupts.heard()
    time.sleep(1.5)  # cleaning up is not disturbed, however long it takes
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
    assert (output, errors) == ("clean\n", "")
    assert running.returncode == 0
