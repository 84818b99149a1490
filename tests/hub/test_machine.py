"""What the page of profiles says of a machine."""

from hepnb.cluster.profiles import load_profiles
from hepnb_hub.machine import Machine


def test_a_size_is_shown_once_under_its_first_name():
    profiles = load_profiles()
    two, four = (Machine(cores=number, memory=32 << 30, free_memory=20 << 30) for number in (2, 4))
    assert [card.profile.name for card in two.cards(two.offered(profiles))] == ["local", "small"]
    assert [card.needs for card in two.cards(two.offered(profiles))] == ["2 cores, 3.1 GB", "1 core, 1.7 GB"]
    # All four cores with 2 GB for Spark, and four cores with 4 GB, are two sizes.
    assert [card.profile.name for card in four.cards(four.offered(profiles))] == ["local", "small", "medium", "large"]
    assert "medium" in two.offered(profiles)  # who asks for it by its name gets it


def test_what_happens_on_a_busy_machine_is_said():
    machine = Machine(cores=2, memory=24 << 30, free_memory=1 << 30)
    assert str(machine) == (
        "This machine has 2 cores, and 1.0 GB of its 24.0 GB of memory are free. While others use the cores, your work "
        "takes longer; a size whose memory is not free may not start."
    )
    local, small = machine.cards(machine.offered(load_profiles()))
    assert (local.warning, small.warning) == ("little memory is free now", "little memory is free now")
