"""How does JAX train a network?"""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt

from hepnb.classifiers.dataset import Batch
from hepnb.classifiers.engine import Arrays, Sums, sums, total


class JaxEngine:
    """A `hepnb.classifiers.engine.Engine` on JAX: the variables stay on the device between steps."""

    def __init__(self, make: Callable[[], tuple[keras.Model, keras.Optimizer]]) -> None:
        """Make a network and its optimizer, and compile nothing yet.

        Args:
            make: makes both; the optimizer knows the network's variables.
        """
        self._network, self._optimizer = make()
        self._train = jax.jit(self._step, donate_argnums=0)
        self._evaluate = jax.jit(
            lambda weights, others, inputs, target: sums(self._of(weights, others, inputs), target)
        )

    def train(self, batches: Iterable[Batch]) -> Sums:
        """A step for each batch."""
        held = self._held
        state = tuple([variable.value for variable in variables] for variables in held)
        found = []
        for batch in batches:
            state, of_batch = self._train(state, batch.inputs, batch.target, np.float32(batch.events))
            found.append(of_batch)
        for variables, values in zip(held, state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return total([np.asarray(one) for one in found])

    def evaluate(self, batches: Iterable[Batch]) -> Sums:
        """The same without learning."""
        weights, others, _ = ([variable.value for variable in variables] for variables in self._held)
        found = [self._evaluate(weights, others, batch.inputs, batch.target) for batch in batches]
        return total([np.asarray(one) for one in found])

    def variables(self) -> list[npt.NDArray[Any]]:
        """All that changes while it trains."""
        return [np.array(variable.value) for variable in self._all]

    def weights(self) -> list[npt.NDArray[Any]]:
        """What makes the network."""
        return [np.array(variable.value) for variable in self._network.weights]

    def restore(self, variables: Arrays) -> None:
        """Go on from `variables`."""
        for variable, value in zip(self._all, variables, strict=True):
            variable.assign(value)

    def meet(self) -> None:
        """There is one worker."""

    @property
    def _all(self) -> list[keras.Variable]:
        return [*self._network.variables, *self._optimizer.variables]

    @property
    def _held(self) -> tuple[list[keras.Variable], ...]:
        network = self._network
        return network.trainable_variables, network.non_trainable_variables, self._optimizer.variables

    def _of(self, weights: Any, others: Any, inputs: Any) -> Any:
        return self._network.stateless_call(weights, others, inputs, training=False)[0]

    def _step(self, state: Any, inputs: Any, target: Any, events: Any) -> Any:
        weights, others, moments = state

        def loss(weights: Any) -> Any:
            probabilities, after = self._network.stateless_call(weights, others, inputs, training=True)
            found = sums(probabilities, target)
            return found[0] / events, (found, after)

        (_, (found, others)), gradients = jax.value_and_grad(loss, has_aux=True)(weights)
        weights, moments = self._optimizer.stateless_apply(moments, gradients, weights)
        return (weights, others, moments), found


def predictor(network: keras.Model) -> Callable[[dict[str, npt.NDArray[np.float32]]], npt.NDArray[np.float32]]:
    """What computes probabilities, ``(n, 3)``."""
    state = [
        [variable.value for variable in variables]
        for variables in (network.trainable_variables, network.non_trainable_variables)
    ]
    compiled = jax.jit(lambda values: network.stateless_call(*state, values, training=False)[0])
    return lambda values: np.asarray(compiled(values))
