"""What does a notebook do with its own files, where executors do not see them?"""

from pathlib import Path

from tests.kubernetes.cells import GENERATE, REDUCE
from tests.kubernetes.cluster import count_of, installed
from tests.kubernetes.conftest import logged_in

ATTACH = "import hepnb; spark = hepnb.attach({backend!r}, profile='tiny')"


def test_files_of_the_notebook_are_for_its_own_spark(tmp_path: Path, expected: int):
    with installed(tmp_path, home={"size": "1Gi"}) as platform:
        kernel = logged_in(platform, "hugo").kernel("hepnb-spark")
        assert kernel.run(GENERATE, within=120) == "written"
        said = kernel.run(f"{ATTACH.format(backend='kubernetes')}\n{REDUCE}", within=180)
        assert said.startswith("SessionError: Executors do not see /home/jovyan/part")
        assert 'with hepnb.attach("local")' in said
        assert "Traceback" not in said
        assert count_of(kernel.run(f"{ATTACH.format(backend='local')}\n{REDUCE}", within=180)) == expected
        kernel.close()
