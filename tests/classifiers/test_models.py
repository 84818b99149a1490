"""Are the networks the published ones, and is padding nothing to them?"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.classifiers.catalogue import CLASSIFIERS, RECOMMENDED, TREES, find_classifier
from hepnb.classifiers.dataset import Dataset
from hepnb.errors import MissingNameError
from hepnb.events import HLF_NAMES, PARTICLE_FEATURES
from hepnb.features.scaling import PARTICLE_CURVES, Scaling
from hepnb.physics.candidates import wrapped
from tests.classifiers.synthetic import FLAGS

pytestmark = pytest.mark.usefixtures("keras_here")

NETWORKS = [name for name in CLASSIFIERS if name != TREES]
OF_PARTICLES = [name for name in NETWORKS if "particles" in CLASSIFIERS[name].inputs]

SCALING = Scaling(PARTICLE_CURVES, (0.5,) * 19, (2.0,) * 19)

_built = {}


def network(name: str):
    if name not in _built:
        _built[name] = made(name, seed=3)
    return _built[name]


def made(name: str, **options):
    from hepnb.classifiers.models import build

    return build(name, particle_scaling=SCALING, **options)


def outputs(name: str, particles: np.ndarray, *, seed: int = 1) -> np.ndarray:
    hlf = np.random.default_rng(seed).normal(size=(len(particles), len(HLF_NAMES))).astype(np.float32)
    inputs = {"hlf": hlf, "particles": particles}
    return np.asarray(network(name)({key: inputs[key] for key in CLASSIFIERS[name].inputs}))


def event(seed: int, particles: int, padding: int) -> np.ndarray:
    """One event, the padding behind its particles, ``(particles + padding, 19)``; some have nothing but a flag."""
    rng = np.random.default_rng(seed)
    values = np.zeros((particles + padding, len(PARTICLE_FEATURES)), np.float32)
    values[:particles] = rng.normal(size=(particles, len(PARTICLE_FEATURES))) * rng.integers(0, 2, (particles, 1))
    values[:particles, FLAGS] = 0
    values[np.arange(particles), rng.choice(FLAGS, particles)] = 1
    return values


@pytest.mark.parametrize(("name", "parameters"), [("hlf", 2013), ("particles", 10803), ("inclusive", 12353)])
def test_the_published_networks_have_the_published_sizes(name, parameters):
    # particles: 3 * 50 * (19 + 50 + 2) weights and biases of the GRU, and 51 * 3
    assert network(name).count_params() == parameters


@pytest.mark.parametrize("name", OF_PARTICLES)
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(0, 10), st.integers(0, 30))
@settings(max_examples=10)
def test_more_padding_changes_nothing(name, seed, particles, padding, more):
    one = event(seed, particles, padding)
    longer = np.concatenate([one, np.zeros((more, len(PARTICLE_FEATURES)), np.float32)])
    assert outputs(name, longer[None]) == pytest.approx(outputs(name, one[None]), abs=1e-5)


@pytest.mark.parametrize("name", OF_PARTICLES)
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 10))
@settings(max_examples=10)
def test_padding_may_stand_anywhere(name, seed, particles, padding):
    one = event(seed, particles, padding)
    chosen = np.sort(np.random.default_rng(seed).choice(particles + padding, particles, replace=False))
    spread = np.zeros_like(one)
    spread[chosen] = one[:particles]
    assert outputs(name, spread[None]) == pytest.approx(outputs(name, one[None]), abs=1e-5)


@pytest.mark.parametrize("name", ["pfn", "pfn-hlf"])
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(0, 10))
@settings(max_examples=10)
def test_the_order_of_particles_is_nothing_to_a_particle_flow_network(name, seed, particles, padding):
    one = event(seed, particles, padding)
    shuffled = np.random.default_rng(seed).permutation(one)
    assert outputs(name, shuffled[None]) == pytest.approx(outputs(name, one[None]), abs=1e-5)


@pytest.mark.parametrize("name", OF_PARTICLES)
def test_a_particle_counts_even_if_only_its_flag_is_not_zero(name):
    one = event(1, 5, 3)
    photon = one.copy()
    photon[5, PARTICLE_FEATURES.index("isGamma")] = 1
    assert np.abs(outputs(name, photon[None]) - outputs(name, one[None])).max() > 1e-5


@pytest.mark.parametrize("name", OF_PARTICLES)
def test_an_event_without_particles_has_probabilities(name):
    found = outputs(name, event(1, 0, 4)[None])
    assert found.sum() == pytest.approx(1)
    assert outputs(name, event(1, 0, 9)[None]) == pytest.approx(found, abs=1e-6)


def turned(particles: np.ndarray, angle: float) -> np.ndarray:
    """Scaled particles of events that are turned about the beam, ``(n, length, 19)``."""
    physical = SCALING.invert(particles)
    column = {name: physical[..., index] for index, name in enumerate(PARTICLE_FEATURES)}
    for x, y in (("Px", "Py"), ("vtxX", "vtxY")):
        both = (column[x] + 1j * column[y]) * np.exp(1j * angle)
        column[x][:], column[y][:] = both.real, both.imag
    column["Phi"][:] = wrapped(column["Phi"] + angle)
    return SCALING.apply(physical)


@pytest.mark.parametrize("name", ["pfn", "pfn-hlf"])
@given(st.integers(0, 2**32), st.floats(-np.pi, np.pi))
@settings(max_examples=10)
def test_an_event_turned_about_the_beam_is_the_same_to_a_particle_flow_network(name, seed, angle):
    one = event(seed, 8, 0)
    one[:, FLAGS] = 0
    one[:-1, FLAGS[0]] = 1
    one[-1, FLAGS[-1]] = 1  # one lepton
    assert outputs(name, turned(one[None], angle)) == pytest.approx(outputs(name, one[None]), abs=1e-4)


def test_the_lepton_sees_angles_and_distances_by_hand():
    """The lepton at (1, 3), a track at (1.3, -3), 0.283 away beyond pi, from a vertex 0.5 mm off the beam."""
    from hepnb.classifiers.layers import LeptonFrame

    identity = Scaling.identity(19)
    rows = np.zeros((1, 2, 19), np.float32)
    column = {name: rows[0, :, index] for index, name in enumerate(PARTICLE_FEATURES)}
    column["isMu"][0], column["isChHad"][1] = 1, 1
    column["Eta"][:], column["Phi"][:] = [1, 1.3], [3, -3]
    column["vtxX"][1], column["vtxY"][1] = 0.3, -0.4
    column["Pt"][:], column["Px"][:] = [40, 5], [7, 8]
    seen = np.asarray(LeptonFrame(curves=identity.curves, center=identity.center, width=identity.width)(rows))[0]
    d_phi = 2 * np.pi - 6
    distance = np.hypot(0.3, d_phi)
    nearness = np.exp(-(distance**2) / (2 * 0.3**2))
    assert seen.shape == (2, 19)
    assert seen[1, -6:] == pytest.approx([0.3, np.cos(d_phi), np.sin(d_phi), distance, nearness, np.log(1.5)], abs=1e-4)
    assert seen[0, -6:] == pytest.approx([0, 1, 0, 0, 1, 0], abs=2e-3)
    assert {5, 40} <= set(seen[:, 1])
    assert not {7, 8} & set(seen.ravel())


def test_pooling_is_the_sum_and_the_maximum_of_what_the_mask_leaves():
    from hepnb.classifiers.layers import MaskedPooling

    values = np.array([[[1.0, 20.0], [3.0, 10.0], [99.0, 99.0]]], np.float32)
    found = np.asarray(MaskedPooling()(values, np.array([[True, True, False]])))
    assert found.tolist() == [[pytest.approx(4 / 100), pytest.approx(30 / 100), 3, 20]]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_saved_model_takes_physical_features(name, features, tmp_path: Path):
    import keras

    from hepnb.classifiers.models import NETWORK, deployable

    batch = next(Dataset(features, "test", CLASSIFIERS[name].inputs).in_order(batch_size=64))
    wanted = np.asarray(network(name)(batch.inputs))
    physical = {}
    if batch.hlf is not None:
        physical["hlf"] = features.hlf_scaling.invert(batch.hlf).astype(np.float32)
    if batch.particles is not None:
        values = features.particle_scaling.invert(batch.particles).astype(np.float32)
        values[~batch.particles[..., FLAGS].any(axis=-1)] = 0
        physical["particles"] = values
    deployable(network(name), features).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.asarray(loaded(physical)) == pytest.approx(wanted, abs=2e-6)
    assert loaded.get_layer(NETWORK).count_params() == network(name).count_params()


def test_particles_that_were_scaled_event_by_event_go_in_as_they_are(features):
    from dataclasses import replace

    from hepnb.classifiers.models import deployable

    model = deployable(network("pfn"), replace(features, particle_scaling=None))
    batch = next(Dataset(features, "test", ("particles",)).in_order(batch_size=32))
    assert np.asarray(model(batch.inputs)) == pytest.approx(np.asarray(network("pfn")(batch.inputs)), abs=1e-6)


def test_the_seed_makes_the_weights():

    def weights(seed: int) -> bytes:
        return b"".join(array.tobytes() for array in made("inclusive", seed=seed).get_weights())

    assert weights(1) == weights(1) != weights(2)


def test_width_and_dropout_can_be_chosen():

    assert made("particles", seed=1, width=10).count_params() == 3 * 10 * (19 + 10 + 2) + 11 * 3
    assert "dropout" in {layer.name.rstrip("_0123456789") for layer in made("pfn", seed=1, dropout=0.1).layers}


def test_a_misspelled_classifier_is_told_the_nearest():
    with pytest.raises(MissingNameError, match="There is no classifier 'pfn_hlf': the nearest are 'pfn-hlf'"):
        find_classifier("pfn_hlf")
    assert find_classifier(RECOMMENDED).inputs == ("hlf", "particles")
