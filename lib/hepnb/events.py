"""The vocabulary: every name that two rooms must agree on, written once.

Branch names are NanoAOD's (https://cms-nanoaod-integration.web.cern.ch/autoDoc/).
"""

from typing import Final

EVENTS_TREE: Final = "Events"

EVENT_ID: Final = ("run", "luminosityBlock", "event")
"""What identifies one collision; carried along wherever a file has it."""

MUON_PT: Final = "Muon_pt"  # [GeV]
MUON_ETA: Final = "Muon_eta"
MUON_PHI: Final = "Muon_phi"  # [rad]
MUON_MASS: Final = "Muon_mass"  # [GeV]
MUON_CHARGE: Final = "Muon_charge"  # [e]
MUON_ISOLATION: Final = "Muon_pfRelIso04_all"  # relative to pt, cone 0.4, pile-up corrected
MUON_IS_GLOBAL: Final = "Muon_isGlobal"

TRUE_PDG_ID: Final = "GenDimuon_pdgId"
"""The PDG number of the generated pair's parent: 0 for the continuum and where there is no pair."""
TRUE_MASS: Final = "GenDimuon_mass"  # [GeV], 0 where there is no pair

DIMUON_MASS: Final = "dimuon_mass"  # [GeV]

INPUT_FILE: Final = "file"
INPUT_COUNT: Final = "count"  # events before any cut

SPECTRUM: Final = "spectrum"
CMS2012: Final = "cms2012"
SELECTIONS: Final = (SPECTRUM, CMS2012)
