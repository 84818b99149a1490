"""The published pipeline and the correct one, event by event and particle by particle, in plain Python."""

import math
from dataclasses import dataclass
from typing import Any


def wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def distance(eta1: float, phi1: float, eta2: float, phi2: float, *, across_pi: bool = True) -> float:
    return math.hypot(eta1 - eta2, wrapped(phi1 - phi2) if across_pi else phi1 - phi2)


def cone(eta: float, phi: float, others: list[tuple[float, float, float]], *, across_pi: bool) -> float:
    return math.fsum(pt for pt, eta2, phi2 in others if distance(eta, phi, eta2, phi2, across_pi=across_pi) < 0.3)


def collection(event: dict[str, Any], name: str, *branches: str) -> list[tuple[float, ...]]:
    return list(zip(*(event[f"{name}.{branch}"] for branch in branches), strict=True))


@dataclass(frozen=True)
class Event:
    """What is hard enough to count, and by which pipeline."""

    tracks: list[tuple[float, ...]]
    photons: list[tuple[float, ...]]
    neutrals: list[tuple[float, ...]]
    published: bool

    def around(self, pt: float, eta: float, phi: float, own: int) -> list[float]:
        """Relative isolation; tracks are kind 0, photons 1, neutral hadrons 2."""
        kinds = [[one[:3] for one in kind] for kind in (self.tracks, self.photons, self.neutrals)]
        sums = [cone(eta, phi, kind, across_pi=not self.published) / pt for kind in kinds]
        sums[0 if self.published else own] -= 1
        return sums


def features(event: dict[str, Any], *, published: bool) -> tuple[list[float], list[list[float]]] | None:
    """The 14 features, and the rows of the particles without padding; nothing where the trigger does not fire."""
    track_branches = ("PT", "Eta", "Phi", "PID", "Charge", "X", "Y", "Z")
    seen = Event(
        [one for one in collection(event, "EFlowTrack", *track_branches) if one[0] > 0.5],
        [one for one in collection(event, "EFlowPhoton", "ET", "Eta", "Phi") if one[0] > 1],
        [one for one in collection(event, "EFlowNeutralHadron", "ET", "Eta", "Phi") if one[0] > 1],
        published,
    )
    if published and not (seen.tracks and seen.photons and seen.neutrals):
        return None
    lepton = the_lepton(event, seen)
    if lepton is None:
        return None
    return high_level(event, lepton, published=published), particles(lepton, seen)


def the_lepton(event: dict[str, Any], seen: Event) -> tuple[Any, ...] | None:
    """Its pT, eta, phi, charge, whether it is an electron, and its isolation."""
    fired = []
    for name, is_electron in (("Electron", 1.0), ("MuonTight", 0.0)):
        isolated = []
        for pt, eta, phi, charge in collection(event, name, "PT", "Eta", "Phi", "Charge"):
            if pt > 23 and sum(isolation := seen.around(pt, eta, phi, 0)) < 0.45:
                isolated.append((pt, eta, phi, charge, is_electron, isolation))
        fired += isolated[:1] if seen.published else isolated
    return max(fired, key=lambda lepton: lepton[1 if seen.published else 0], default=None)


def high_level(event: dict[str, Any], lepton: tuple[Any, ...], *, published: bool) -> list[float]:
    pt, eta, phi, charge, is_electron, isolation = lepton
    met, met_phi = event["MissingET.MET"][0], event["MissingET.Phi"][0]
    jets = [jet for jet in collection(event, "Jet", "PT", "Eta", "BTag") if jet[0] > 30 and abs(jet[1]) < 2.6]
    squared = 2 * met * pt * (1 - math.cos(phi - met_phi))
    mt = squared if published else math.sqrt(squared)
    ht, b_jets = math.fsum(jet[0] for jet in jets), sum(jet[2] > 0 for jet in jets)
    return [ht, met, met_phi, mt, len(jets), b_jets, pt, eta, phi, *isolation, charge, is_electron]


def particles(lepton: tuple[Any, ...], seen: Event) -> list[list[float]]:
    """Rows of 19, by falling distance from the lepton."""
    pt, eta, phi, charge, is_electron, isolation = lepton
    rows = [(0.0, [*momentum(pt, eta, phi), 0, 0, 0, *isolation, 0, 0, 0, is_electron, 1 - is_electron, charge])]
    for t_pt, t_eta, t_phi, pid, charge_of_track, x, y, z in seen.tracks:
        if distance(eta, phi, t_eta, t_phi) > 1e-4:
            sign = math.copysign(1, pid) if seen.published else charge_of_track
            rest = [x, y, z, *seen.around(t_pt, t_eta, t_phi, 0), 1, 0, 0, 0, 0, sign]
            rows.append((distance(eta, phi, t_eta, t_phi), momentum(t_pt, t_eta, t_phi) + rest))
    for kind, own, flags in ((seen.photons, 1, [0, 0, 1]), (seen.neutrals, 2, [0, 1, 0])):
        for c_et, c_eta, c_phi in kind:
            rest = [0, 0, 0, *seen.around(c_et, c_eta, c_phi, own), *flags, 0, 0, 0]
            rows.append((distance(eta, phi, c_eta, c_phi), momentum(c_et, c_eta, c_phi) + rest))
    return [features for _, features in sorted(rows, key=lambda pair: -pair[0])]


def momentum(pt: float, eta: float, phi: float) -> list[float]:
    return [pt * math.cosh(eta), pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta), pt, eta, phi]
