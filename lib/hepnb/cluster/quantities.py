"""How many is what Kubernetes writes as ``250m`` or ``4Gi``?"""

import re
from decimal import Decimal
from typing import Final

_PATTERN: Final = re.compile(r"([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([a-zA-Z]*))")
_SUFFIXES: Final = {
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
    "m": Decimal(1) / 1000,
    "u": Decimal(1) / 10**6,
    "n": Decimal(1) / 10**9,
}


def number(quantity: str) -> float:
    """The number that a quantity stands for; bytes for memory, cores for CPU.

    Args:
        quantity: as Kubernetes writes it
            (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).

    Raises:
        ValueError: it is none.
    """
    found = _PATTERN.fullmatch(quantity)
    if found is None or (found[3] or "") not in _SUFFIXES or found[1].count(".") > 1:
        raise ValueError(f"'{quantity}' is no quantity of Kubernetes")
    exponent = Decimal(f"1{found[2]}") if found[2] else Decimal(1)
    return float(Decimal(found[1]) * exponent * _SUFFIXES[found[3] or ""])


def cpu(cores: float) -> str:
    """A quantity of CPU: ``"250m"``; never less than a thousandth of a core, which is Kubernetes' least."""
    return f"{max(round(cores * 1000), 1)}m"


def memory(size: int) -> str:
    """A quantity of memory, in whole MiB: ``"896Mi"``.

    Args:
        size: [B].
    """
    return f"{-(-size >> 20)}Mi"
