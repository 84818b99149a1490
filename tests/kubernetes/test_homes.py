"""What does a notebook do with its own files, where executors do not see them?"""

from tests.kubernetes.cells import GENERATE, REDUCE
from tests.kubernetes.cluster import Installed, count_of
from tests.kubernetes.conftest import logged_in

ATTACH = "import hepnb; spark = hepnb.attach({backend!r}, profile='tiny')"


def test_files_of_the_notebook_are_for_its_own_spark(impatient: Installed, expected: int):
    user = logged_in(impatient, "hugo")
    kernel = user.kernel("hepnb-spark")
    assert kernel.run(GENERATE, within=120) == "written"
    said = kernel.run(f"{ATTACH.format(backend='kubernetes')}\n{REDUCE}", within=180)
    assert said.startswith("SessionError: Executors do not see /home/jovyan/part")
    assert 'with hepnb.attach("local")' in said
    assert "Traceback" not in said
    local = kernel.run(f"{ATTACH.format(backend='local')}\n{REDUCE}", within=180)
    assert count_of(local) == expected
    kernel.close()
    user.stop()
