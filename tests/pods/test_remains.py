"""Is a driver that has ended told from one that runs?"""

import subprocess
import sys

import psutil

from hepnb.pods.remains import process_lives


def test_a_process_lives_until_it_has_ended_and_is_known_by_its_start():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = psutil.Process(process.pid).create_time()
    assert process_lives(process.pid, round(began, 3))
    assert not process_lives(process.pid, began - 60)
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not process_lives(process.pid, began)
    process.wait()
    assert not process_lives(process.pid, began)
