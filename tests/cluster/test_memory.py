from pathlib import Path

from hepnb.cluster.memory import oom_kills


def machine(root: Path, *, cgroup: str, events: str, counted: str) -> Path:
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "vmstat").write_text("nr_free_pages 12\noom_kill 3\n")
    (root / "proc" / "self" / "cgroup").write_text(cgroup)
    path = root / "sys" / "fs" / "cgroup" / events
    path.parent.mkdir(parents=True)
    path.write_text(counted)
    return root


def test_the_machine_and_the_own_cgroup_are_counted(tmp_path: Path):
    events = "oom 5\noom_kill 4\noom_group_kill 0\n"
    assert oom_kills(machine(tmp_path, cgroup="0::/pod/box\n", events="pod/box/memory.events", counted=events)) == 7


def test_the_older_cgroups_are_counted_too(tmp_path: Path):
    cgroup = "5:devices:/elsewhere\n4:cpu,memory:/pod\n0::/\n"
    control = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"
    assert oom_kills(machine(tmp_path, cgroup=cgroup, events="memory/pod/memory.oom_control", counted=control)) == 5


def test_a_group_that_its_container_sees_as_the_root_is_found(tmp_path: Path):
    # The path in /proc/self/cgroup may be the host's, while the container sees its own group at the top.
    assert oom_kills(machine(tmp_path, cgroup="0::/pod\n", events="memory.events", counted="oom_kill 1\n")) == 4


def test_a_machine_that_counts_nothing_says_so(tmp_path: Path):
    assert oom_kills(tmp_path) is None


def test_this_machine_answers():
    answer = oom_kills()
    assert answer is None or answer >= 0
