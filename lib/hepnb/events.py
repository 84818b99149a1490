"""The vocabulary: every name that two rooms must agree on, written once.

Branch names are NanoAOD's (https://cms-nanoaod-integration.web.cern.ch/autoDoc/) for the muons, and Delphes's
(https://cp3.irmp.ucl.ac.be/projects/delphes/wiki/WorkBook/RootTreeDescription) for the topology classifier. Its
features have the names and the order of arXiv:1807.00083 and of the public SparkDLTrigger files.
"""

from enum import IntEnum
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

DELPHES_TREE: Final = "Delphes"

TRACK: Final = "EFlowTrack"
PHOTON: Final = "EFlowPhoton"
NEUTRAL_HADRON: Final = "EFlowNeutralHadron"
ELECTRON: Final = "Electron"
MUON_COLLECTIONS: Final = ("MuonTight", "Muon")
"""What a Delphes card calls its identified muons; the first that a file has counts."""
JET: Final = "Jet"
MISSING_ET: Final = "MissingET"
EVENT: Final = "Event"

PT: Final = "PT"  # [GeV], a leaf of Delphes's collections, as the next
ET: Final = "ET"  # [GeV], of what a calorimeter saw
ETA: Final = "Eta"
PHI: Final = "Phi"  # [rad]
PID: Final = "PID"
CHARGE: Final = "Charge"  # [e]
VERTEX: Final = ("X", "Y", "Z")  # [mm]
B_TAG: Final = "BTag"
MET: Final = "MET"  # [GeV]
NUMBER: Final = "Number"


class Process(IntEnum):
    """What happened in a collision; the number is the label."""

    QCD = 0
    TTBAR = 1
    WJETS = 2

    @property
    def key(self) -> str:
        """As it is written in options, file names and reports."""
        return self.name.lower()


HLF_NAMES: Final = (
    "HT",  # [GeV]
    "MET",  # [GeV]
    "phiMET",  # [rad]
    "MT",  # [GeV]
    "nJets",
    "nBjets",
    "LepPt",  # [GeV]
    "LepEta",
    "LepPhi",  # [rad]
    "LepIsoCh",  # relative to LepPt, as the next two
    "LepIsoGamma",
    "LepIsoNeu",
    "LepCharge",  # [e]
    "LepIsEle",
)
"""The 14 high-level features of an event, in the order of ``HLF_input``."""

PARTICLE_FEATURES: Final = (
    "Energy",  # [GeV], as the next four
    "Px",
    "Py",
    "Pz",
    "Pt",
    "Eta",
    "Phi",  # [rad]
    "vtxX",  # [mm], as the next two
    "vtxY",
    "vtxZ",
    "ChPFIso",  # relative to Pt, as the next two
    "GammaPFIso",
    "NeuPFIso",
    "isChHad",  # exactly one of the five is 1
    "isNeuHad",
    "isGamma",
    "isEle",
    "isMu",
    "Charge",  # [e]
)
"""The 19 features of a particle, in the order of each row of ``GRU_input``."""

MAX_TRACKS: Final = 450
MAX_PHOTONS: Final = 150
MAX_NEUTRAL_HADRONS: Final = 200
MAX_PARTICLES: Final = 1 + MAX_TRACKS + MAX_PHOTONS + MAX_NEUTRAL_HADRONS

HLF_INPUT: Final = "HLF_input"
PARTICLE_INPUT: Final = "GRU_input"
ENCODED_LABEL: Final = "encoded_label"
LABEL: Final = "label"
SPLIT: Final = "split"
EVENT_KEY: Final = "event_id"
"""A 64-bit hash of what an event holds: copies of an event have the same one, whatever file they are in."""

TRAIN: Final = "train"
VALIDATION: Final = "validation"
TEST: Final = "test"
SPLITS: Final = (TRAIN, VALIDATION, TEST)
