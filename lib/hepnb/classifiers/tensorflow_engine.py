"""How does TensorFlow train a network, alone or in a gang?"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from hepnb.classifiers.dataset import Batch
from hepnb.classifiers.engine import Arrays, Sums, sums, total


class TensorFlowEngine:
    """A `hepnb.classifiers.engine.Engine` on TensorFlow."""

    def __init__(
        self, make: Callable[[], tuple[keras.Model, keras.Optimizer]], *, strategy: tf.distribute.Strategy | None = None
    ) -> None:
        """Make a network and its optimizer, and compile nothing yet.

        Args:
            make: makes both; the optimizer knows the network's variables.
            strategy: where they live; the default one where there is one worker.
        """
        self._strategy = tf.distribute.get_strategy() if strategy is None else strategy
        with self._strategy.scope():
            self._network, self._optimizer = make()
        inputs = {name: tf.TensorSpec(tensor.shape, tf.float32) for name, tensor in self._network.input.items()}
        target = tf.TensorSpec(self._network.output.shape, tf.float32)
        scalar = tf.TensorSpec((), tf.float32)
        # One signature for all lengths: otherwise each would be traced again.
        self._train = tf.function(self._train_everywhere, input_signature=[inputs, target, scalar])
        self._evaluate = tf.function(self._evaluate_everywhere, input_signature=[inputs, target])
        self._joined = tf.function(self._join_everywhere, input_signature=[tf.TensorSpec((3,), tf.float64)])

    def train(self, batches: Iterable[Batch]) -> Sums:
        """A step for each batch; the sums are those of all workers."""
        return self._of_all([self._train(b.inputs, b.target, np.float32(b.events)) for b in batches])

    def evaluate(self, batches: Iterable[Batch]) -> Sums:
        """The same without learning."""
        return self._of_all([self._evaluate(batch.inputs, batch.target) for batch in batches])

    def variables(self) -> list[npt.NDArray[Any]]:
        """All that changes while it trains."""
        return [_number(variable) for variable in self._all]

    def weights(self) -> list[npt.NDArray[Any]]:
        """What makes the network."""
        return [_number(variable) for variable in self._network.weights]

    def restore(self, variables: Arrays) -> None:
        """Go on from `variables`."""
        for variable, value in zip(self._all, variables, strict=True):
            variable.assign(value)

    def meet(self) -> None:
        """Wait until all workers are here."""
        self._joined(np.zeros(3))

    @property
    def _all(self) -> list[keras.Variable]:
        return [*self._network.variables, *self._optimizer.variables]

    def _train_everywhere(self, inputs: Any, target: Any, events: Any) -> Any:
        return self._strategy.run(self._train_here, args=(inputs, target, events))

    def _evaluate_everywhere(self, inputs: Any, target: Any) -> Any:
        return self._strategy.run(self._evaluate_here, args=(inputs, target))

    def _join_everywhere(self, own: Any) -> Any:
        return self._strategy.run(self._join_here, args=(own,))

    def _train_here(self, inputs: Any, target: Any, events: Any) -> Any:
        with tf.GradientTape() as tape:
            found = sums(self._network(inputs, training=True), target)
            # The optimizer adds up the gradients of all workers, so each divides by the events of all.
            loss = found[0] / events
        weights = [variable.value for variable in self._network.trainable_variables]
        self._optimizer.apply(tape.gradient(loss, weights), self._network.trainable_variables)
        return found

    def _evaluate_here(self, inputs: Any, target: Any) -> Any:
        return sums(self._network(inputs, training=False), target)

    def _join_here(self, own: Any) -> Any:
        # The identity is computed on this worker's device, and only what has a device can be added up.
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(own))

    def _of_all(self, found: list[Any]) -> Sums:
        own = np.sum(np.asarray(tf.stack(found), np.float64), axis=0)
        return total([np.asarray(self._joined(own))])


def predictor(network: keras.Model) -> Callable[[dict[str, npt.NDArray[np.float32]]], npt.NDArray[np.float32]]:
    """What computes probabilities, ``(n, 3)``."""
    inputs = {name: tf.TensorSpec(tensor.shape, tf.float32) for name, tensor in network.input.items()}
    compiled = tf.function(lambda values: network(values, training=False), input_signature=[inputs])
    return lambda values: np.asarray(compiled(values))


def _number(variable: Any) -> npt.NDArray[Any]:
    # Not convert_to_numpy: it does not know variables that live on several workers.
    return np.array(variable.value.numpy())
