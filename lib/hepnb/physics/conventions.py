"""What the published pipeline of the topology classifier does otherwise, one switch for each difference."""

from dataclasses import dataclass, replace
from typing import Final

from hepnb.errors import MissingNameError, nearest


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """How features are computed. All switches off is correct physics.

    Attributes:
        name: what the user types.
        squared_transverse_mass: ``MT`` lacks the square root.
        cones_cut_at_pi: a cone of isolation does not reach across phi = ±pi.
        lepton_of_larger_eta: of the first isolated electron and the first isolated muon, the one of larger eta
            counts, and not the isolated lepton of highest pT.
        every_kind_needed: events without a selected track, photon or neutral hadron are dropped.
        caps_in_file_order: of too many particles the first are kept, and not the hardest.
        padding_among_particles: events are padded to `hepnb.events.MAX_PARTICLES` rows of zeros before the rows are
            put in order, and scaled one by one, padding included.
        charge_is_sign_of_pid: also for leptons and hyperons, where it is wrong.
        min_max_on_all_splits: high-level features are scaled to 0..1, with a range that the test events help to fix.
        charged_isolation_less_one: every particle's charged isolation is reduced by its own pT, which only that of
            tracks holds; photons and neutral hadrons count themselves in their own kind's.
    """

    name: str
    squared_transverse_mass: bool = False
    cones_cut_at_pi: bool = False
    lepton_of_larger_eta: bool = False
    every_kind_needed: bool = False
    caps_in_file_order: bool = False
    padding_among_particles: bool = False
    charge_is_sign_of_pid: bool = False
    min_max_on_all_splits: bool = False
    charged_isolation_less_one: bool = False


HEPNB: Final = Conventions(name="hepnb")

SPARKDLTRIGGER: Final = Conventions(
    name="sparkdltrigger",
    squared_transverse_mass=True,
    cones_cut_at_pi=True,
    lepton_of_larger_eta=True,
    every_kind_needed=True,
    caps_in_file_order=True,
    padding_among_particles=True,
    charge_is_sign_of_pid=True,
    min_max_on_all_splits=True,
    charged_isolation_less_one=True,
)
"""The pipeline of arXiv:1807.00083 and arXiv:1909.10389, to the letter (https://github.com/cerndb/SparkDLTrigger)."""

PUBLISHED: Final = replace(SPARKDLTRIGGER, name="published")
"""Of the public files themselves, made by that pipeline."""

COMPATIBLE_WITH: Final = {SPARKDLTRIGGER.name: SPARKDLTRIGGER}


def find_conventions(compat: str | None) -> Conventions:
    """The conventions to be compatible with; correct physics for ``None``.

    Raises:
        MissingNameError: there are none of that name.
    """
    if compat is None:
        return HEPNB
    if compat not in COMPATIBLE_WITH:
        raise MissingNameError(f"There are no conventions '{compat}'; {nearest(compat, COMPATIBLE_WITH)}.")
    return COMPATIBLE_WITH[compat]
