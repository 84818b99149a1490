"""What follows from two four-momenta."""

from types import ModuleType
from typing import Any, Final

import numpy as np

_DOUBLE: Final = np.float64(1)
"""Multiplying by it makes float64 of float32 in every library (NumPy's NEP 50, Spark's type coercion)."""

_TINY: Final = 1e-300
"""Keeps the quotient of two particles at rest without mass 0/1e-300 = 0 and changes no other."""


def invariant_mass(
    lib: ModuleType,
    pt1: Any,
    eta1: Any,
    phi1: Any,
    pt2: Any,
    eta2: Any,
    phi2: Any,
    *,
    mass1: Any = 0.0,
    mass2: Any = 0.0,
) -> Any:
    r"""The invariant mass of two particles.

    Written so that nothing cancels, for two light, nearly collinear particles too. With
    :math:`p = p_T\cosh\eta` and :math:`E^2 = p^2 + m^2`,

    .. math::
        m^2 = m_1^2 + m_2^2
            + 2\,\frac{m_1^2 p_2^2 + m_2^2 p_1^2 + m_1^2 m_2^2}{E_1 E_2 + p_1 p_2}
            + 4\,p_{T1}\,p_{T2}\left(\sinh^2\frac{\eta_1-\eta_2}{2} + \sin^2\frac{\phi_1-\phi_2}{2}\right).

    The second term is twice :math:`E_1E_2 - p_1p_2`, the last twice :math:`p_1p_2 - \vec p_1\vec p_2`.
    With both masses zero the last term alone remains, the textbook's
    :math:`2 p_{T1} p_{T2} (\cosh\Delta\eta - \cos\Delta\phi)`.

    Args:
        lib: the library the arguments belong to: ``numpy`` (also for plain numbers), ``awkward``, or
            ``pyspark.sql.functions``.
        pt1: transverse momentum of the first particle [GeV].
        eta1: its pseudorapidity.
        phi1: its azimuth [rad].
        pt2: transverse momentum of the second particle [GeV].
        eta2: its pseudorapidity.
        phi2: its azimuth [rad].
        mass1: mass of the first particle [GeV].
        mass2: mass of the second particle [GeV].

    Returns:
        The mass [GeV] in float64, in the shape of the arguments; 0 where both momenta and masses are 0.
    """
    # Awkward arrays answer to NumPy's universal functions and have none of their own.
    math = lib if hasattr(lib, "sinh") else np
    pt1, eta1, phi1, mass1 = (value * _DOUBLE for value in (pt1, eta1, phi1, mass1))
    pt2, eta2, phi2, mass2 = (value * _DOUBLE for value in (pt2, eta2, phi2, mass2))

    square1, square2 = mass1 * mass1, mass2 * mass2
    p1, p2 = pt1 * math.cosh(eta1), pt2 * math.cosh(eta2)
    p1_p2 = p1 * p2
    e1_e2 = math.sqrt((p1 * p1 + square1) * (p2 * p2 + square2))
    energy_term = (square1 * p2 * p2 + square2 * p1 * p1 + square1 * square2) / (e1_e2 + p1_p2 + _TINY)

    half_eta = math.sinh((eta1 - eta2) * 0.5)
    # sin² = tan² / (1 + tan²): NumPy has a vectorised tangent, eight times faster than its sine.
    tan_half_phi = math.tan((phi1 - phi2) * 0.5)
    tan_square = tan_half_phi * tan_half_phi
    opening_term = pt1 * pt2 * (half_eta * half_eta + tan_square / (tan_square + 1.0))
    return math.sqrt(square1 + square2 + energy_term * 2.0 + opening_term * 4.0)
