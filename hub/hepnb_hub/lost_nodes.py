"""Does a pod still terminate, or has its node gone and nobody ends it?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

_MARGIN: Final = timedelta(seconds=10)  # for a node that works: to unmount volumes, and to say that the pod has ended


def overdue(pod: Mapping[str, Any] | None, now: datetime) -> bool:
    """Whether a pod should have ended some time ago.

    Args:
        pod: as Kubernetes describes it; ``None`` where there is none.
        now: current time, with its zone.
    """
    until: str | None = pod["metadata"].get("deletionTimestamp") if pod is not None else None
    # Kubernetes writes the end of the grace period, not its beginning.
    return until is not None and now > datetime.fromisoformat(until) + _MARGIN
