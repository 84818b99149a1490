"""Is a driver that has ended told from one that runs?"""

import subprocess
import sys

import psutil

from hepnb.cluster.process_start import began
from hepnb.pods.remains import process_lives


def test_a_process_lives_until_it_has_ended_and_is_known_by_its_start():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = began(process.pid)
    assert process_lives(process.pid, round(start, 3))
    assert not process_lives(process.pid, start - 0.01)
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not process_lives(process.pid, start)
    process.wait()
    assert not process_lives(process.pid, start)
