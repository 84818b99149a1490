"""Small events by hand, and samples that several tests look at."""

from math import hypot, pi

import awkward as ak
import numpy as np

from hepnb.generators.delphes import Seen
from hepnb.generators.flat import KnownTracks
from hepnb.generators.jets import no_jets
from tests.physics import particles


def seen(
    *, events: int = 1, tracks=(), photons=(), neutral_hadrons=(), electrons=(), muons=(), jets=None, pid: int = 211
) -> Seen:
    """Events from rows of event, pt, eta and phi; the leptons' own tracks come by themselves."""
    all_tracks = particles.tracks(*sorted([*tracks, *electrons, *muons]))
    return Seen(
        events,
        KnownTracks(**vars(all_tracks), pid=np.full(len(all_tracks), pid)),
        particles.candidates(*photons),
        particles.candidates(*neutral_hadrons),
        particles.identified(*((*row, -1) for row in electrons)),
        particles.identified(*((*row, -1) for row in muons)),
        no_jets() if jets is None else jets,
    )


def isolations(event) -> list[float]:
    """Of an event's electrons and muons harder than 23 GeV, added up with plain Python, as arXiv:1807.00083 has it."""
    found = []
    for lepton in [*event["Electron"], *event["MuonTight"]]:
        if lepton["PT"] <= 23:
            continue
        total = 0.0
        for collection, momentum, least in (
            ("EFlowTrack", "PT", 0.5),
            ("EFlowPhoton", "ET", 1.0),
            ("EFlowNeutralHadron", "ET", 1.0),
        ):
            for one in event[collection]:
                turn = abs(one["Phi"] - lepton["Phi"])
                turn = min(turn, 2 * pi - turn)
                if one[momentum] > least and hypot(one["Eta"] - lepton["Eta"], turn) < 0.3:
                    total += one[momentum]
        found.append(total / lepton["PT"] - 1)
    return found


def assert_events_are_sound(events: ak.Array) -> None:
    """What every engine promises of every event."""
    for event in events.to_list():
        assert min(isolations(event)) < 0.45
        assert event["Event"][0]["Weight"] == 1.0
        tracks = {(track["PT"], track["Eta"], track["Phi"], track["PID"]) for track in event["EFlowTrack"]}
        for collection, number in (("Electron", 11), ("MuonTight", 13)):
            for lepton in event[collection]:
                own = (lepton["PT"], lepton["Eta"], lepton["Phi"], -number * lepton["Charge"])
                assert own in tracks
        px, py = _sums(event)
        met = event["MissingET"][0]
        np.testing.assert_allclose(met["MET"] * np.cos(met["Phi"]), -px, atol=1e-3)
        np.testing.assert_allclose(met["MET"] * np.sin(met["Phi"]), -py, atol=1e-3)
        pts = [jet["PT"] for jet in event["Jet"]]
        assert pts == sorted(pts, reverse=True)
        assert all(pt > 20 for pt in pts)
        assert all(jet["BTag"] in (0, 1) for jet in event["Jet"])


def _sums(event) -> tuple[float, float]:
    parts = [
        (one[momentum], one["Phi"])
        for collection, momentum in (("EFlowTrack", "PT"), ("EFlowPhoton", "ET"), ("EFlowNeutralHadron", "ET"))
        for one in event[collection]
    ]
    return sum(pt * np.cos(phi) for pt, phi in parts), sum(pt * np.sin(phi) for pt, phi in parts)


def jets_over_surroundings(events: ak.Array) -> np.ndarray:
    """Of each jet, its pt over that of everything within 0.4 of it."""
    ratios = []
    for event in events.to_list():
        for jet in event["Jet"]:
            px = py = 0.0
            for collection, momentum in (("EFlowTrack", "PT"), ("EFlowPhoton", "ET"), ("EFlowNeutralHadron", "ET")):
                for one in event[collection]:
                    turn = abs(one["Phi"] - jet["Phi"])
                    turn = min(turn, 2 * pi - turn)
                    if hypot(one["Eta"] - jet["Eta"], turn) < 0.4:
                        px += one[momentum] * np.cos(one["Phi"])
                        py += one[momentum] * np.sin(one["Phi"])
            ratios.append(jet["PT"] / hypot(px, py))
    return np.array(ratios)
