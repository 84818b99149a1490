"""What is the invariant mass, by textbook and with 60 digits."""

from decimal import Decimal, localcontext

DIGITS = 60


def invariant_mass(
    pt1: float, eta1: float, phi1: float, mass1: float, pt2: float, eta2: float, phi2: float, mass2: float
) -> float:
    """The mass [GeV] of the sum of two four-vectors, each component with `DIGITS` digits."""
    with localcontext() as context:
        context.prec = DIGITS
        one, two = _four_vector(pt1, eta1, phi1, mass1), _four_vector(pt2, eta2, phi2, mass2)
        energy, *momentum = (a + b for a, b in zip(one, two, strict=True))
        return float(max(energy * energy - sum(p * p for p in momentum), Decimal(0)).sqrt())


def _four_vector(pt: float, eta: float, phi: float, mass: float) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    px, py = Decimal(pt) * _cosine(Decimal(phi)), Decimal(pt) * _sine(Decimal(phi))
    growth = Decimal(eta).exp()
    pz = Decimal(pt) * (growth - 1 / growth) / 2
    return (px * px + py * py + pz * pz + Decimal(mass) ** 2).sqrt(), px, py, pz


def _sine(angle: Decimal) -> Decimal:
    return _series(angle, first=angle, power=1)


def _cosine(angle: Decimal) -> Decimal:
    return _series(angle, first=Decimal(1), power=0)


def _series(angle: Decimal, *, first: Decimal, power: int) -> Decimal:
    total, term = Decimal(0), first
    while abs(term) > Decimal(10) ** -DIGITS:
        total += term
        term *= -angle * angle / ((power + 1) * (power + 2))
        power += 2
    return total
