"""Which library computes, and on what?

`start` is called before anything else imports Keras: what it sets, TensorFlow reads at its import.
"""

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from hepnb.classifiers.engine import Engine
from hepnb.cluster.environment import environment, propose
from hepnb.errors import InputError

if TYPE_CHECKING:
    import keras

Device = Literal["auto", "cpu", "gpu"]

TENSORFLOW = "tensorflow"
JAX = "jax"


def quiet() -> None:
    """Keep TensorFlow's notes to itself off the user's terminal, as far as it is not imported yet."""
    propose(
        {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "GRPC_VERBOSITY": "ERROR",
            # Says so in four lines, whatever the level; and its sums have other digits than those of other machines.
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # several sessions may share a GPU
        }
    )


def asked_for() -> str:
    """The backend of Keras that the environment asks for, as far as can be said without importing it."""
    return environment().get("KERAS_BACKEND", TENSORFLOW)


def start(*, device: Device = "auto", threads: int | None = None) -> str:
    """Import Keras, make it repeatable, and choose the device.

    Args:
        device: auto takes a GPU where there is one.
        threads: how many compute at once; all cores otherwise. Counts only if nothing was computed yet.

    Returns:
        The name of the backend.

    Raises:
        InputError: there is no such device, or no engine for the backend.
    """
    quiet()
    import keras  # takes seconds, so only who trains or predicts waits for it

    name: str = keras.backend.backend()
    if name not in _STARTERS:
        raise InputError(f"KERAS_BACKEND={name} cannot train here: choose {TENSORFLOW} or {JAX}.")
    _STARTERS[name](device, threads)
    return name


def engine(make: Callable[[], tuple["keras.Model", "keras.Optimizer"]], *, strategy: Any = None) -> Engine:
    """What trains on the backend that Keras has.

    Args:
        make: makes a network and an optimizer that knows its variables.
        strategy: of `tf.distribute`, where there are several workers.
    """
    import keras  # as above

    if keras.backend.backend() == JAX:
        from hepnb.classifiers.jax_engine import JaxEngine  # whoever has TensorFlow need not have JAX

        return JaxEngine(make)
    from hepnb.classifiers.tensorflow_engine import TensorFlowEngine  # and the other way round

    return TensorFlowEngine(make, strategy=strategy)


def predictor(network: "keras.Model") -> Callable[[dict[str, Any]], Any]:
    """What computes a network's probabilities, ``(n, 3)``, on the backend that Keras has."""
    import keras  # as above

    if keras.backend.backend() == JAX:
        from hepnb.classifiers import jax_engine  # as above

        return jax_engine.predictor(network)
    from hepnb.classifiers import tensorflow_engine  # as above

    return tensorflow_engine.predictor(network)


def _start_tensorflow(device: Device, threads: int | None) -> None:
    tf = importlib.import_module(TENSORFLOW)
    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
    with suppress(RuntimeError):  # it computed already, so its settings stay
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
    if device == "gpu" and not tf.config.list_physical_devices("GPU"):
        raise _no_gpu("TensorFlow")


def _start_jax(device: Device, threads: int | None) -> None:  # noqa: ARG001  # JAX has no such setting
    jax = importlib.import_module(JAX)
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    if device == "gpu" and jax.default_backend() != "gpu":
        raise _no_gpu("JAX")


def _no_gpu(library: str) -> InputError:
    return InputError(f"{library} finds no GPU on this machine: choose --device cpu or auto.")


_STARTERS = {TENSORFLOW: _start_tensorflow, JAX: _start_jax}
