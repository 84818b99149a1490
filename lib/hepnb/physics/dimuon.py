"""What a pair of muons can come from, and which pairs count."""

from dataclasses import dataclass
from typing import Any, Final

MUON_MASS: Final = 0.1056583755  # [GeV], PDG 2024

SPECTRUM_RANGE: Final = (0.25, 300.0)  # [GeV]
SPECTRUM_BINS: Final = 30_000
"""The histogram of ROOT's tutorial df102 (https://root.cern/doc/master/df102__NanoAODDimuonAnalysis_8py.html)."""


@dataclass(frozen=True)
class Resonance:
    """A particle that decays to two muons.

    Attributes:
        symbol: as one writes it, in TeX.
        pdg_id: number in the PDG's scheme.
        mass: [GeV].
        width: total width [GeV].
    """

    symbol: str
    pdg_id: int
    mass: float
    width: float


# S. Navas et al. (Particle Data Group), Phys. Rev. D 110, 030001 (2024).
ETA: Final = Resonance(r"$\eta$", 221, 0.547862, 1.31e-6)
RHO: Final = Resonance(r"$\rho$", 113, 0.77526, 0.1474)
OMEGA: Final = Resonance(r"$\omega$", 223, 0.78266, 8.68e-3)
PHI: Final = Resonance(r"$\phi$", 333, 1.019461, 4.249e-3)
JPSI: Final = Resonance(r"$J/\psi$", 443, 3.0969, 9.26e-5)
PSI_2S: Final = Resonance(r"$\psi(2S)$", 100443, 3.68610, 2.93e-4)
UPSILON_1S: Final = Resonance(r"$\Upsilon(1S)$", 553, 9.4604, 5.402e-5)
UPSILON_2S: Final = Resonance(r"$\Upsilon(2S)$", 100553, 10.0234, 3.198e-5)
UPSILON_3S: Final = Resonance(r"$\Upsilon(3S)$", 200553, 10.3551, 2.032e-5)
Z: Final = Resonance(r"$Z$", 23, 91.1880, 2.4955)


# The reduction of the CMS Big Data project (O. Gutsche et al., arXiv:1711.00375).
LOOSE_MIN_PT: Final = 10.0  # [GeV]
LOOSE_MAX_ETA: Final = 2.4
LOOSE_MAX_ISOLATION: Final = 0.5
LEADING_MIN_PT: Final = 25.0  # [GeV]
LEADING_MAX_ETA: Final = 2.1
LEADING_MAX_ISOLATION: Final = 0.12


def is_loose(pt: Any, eta: Any, isolation: Any, is_global: Any) -> Any:
    """Whether a muon may be one of the pair, in the CMS reduction of 2012 data.

    Args:
        pt: transverse momentum [GeV].
        eta: pseudorapidity.
        isolation: pile-up corrected sum around the muon, relative to its `pt`.
        is_global: whether tracker and muon chambers agree on it.

    Returns:
        Booleans of the arguments' library and shape.
    """
    return (pt > LOOSE_MIN_PT) & _inside(eta, LOOSE_MAX_ETA) & (isolation < LOOSE_MAX_ISOLATION) & is_global


def is_leading(pt: Any, eta: Any, isolation: Any) -> Any:
    """Whether a loose muon is good enough to be the harder one of the pair; arguments as for `is_loose`."""
    return (pt > LEADING_MIN_PT) & _inside(eta, LEADING_MAX_ETA) & (isolation < LEADING_MAX_ISOLATION)


def _inside(eta: Any, limit: float) -> Any:
    return (eta < limit) & (eta > -limit)
