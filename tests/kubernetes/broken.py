"""A site where the servers of some users cannot start, each for a reason of its own."""

from collections.abc import Mapping
from typing import Any, Final

from tests.kubernetes.cluster import PROFILES, VALUES

BROKEN: Final[Mapping[str, Mapping[str, Any]]] = {
    "image": {"image": "localhost/hepnb/nowhere:0"},
    "secret": {"extra_container_config": {"envFrom": [{"secretRef": {"name": "nowhere"}}]}},
    "volume": {"storage_class": "nowhere"},
    "host": {"extra_pod_config": {"hostNetwork": True}},
    "ends": {"cmd": ["false"]},
    "memory": {"cmd": ["python", "-c", "bytearray(3 << 30)"]},
    "silent": {"cmd": ["sleep", "600"]},
}
"""User -> what is otherwise with the pod."""

_CONFIG: Final = f"""
BROKEN = {BROKEN!r}

def break_some(spawner):
    for name, value in BROKEN.get(spawner.user.name, {{}}).items():
        setattr(spawner, name, value)

c.Spawner.pre_spawn_hook = break_some
"""

_LARGER_THAN_THE_CLUSTER: Final = """
[memory]
description = "More memory than a node has"
cores = 1
memory = "3000g"
executor_memory = "512m"

[gpus]
description = "More GPUs than a node has"
cores = 1
memory = "512m"
executor_memory = "512m"
gpus = 64

[executor-gpus]
description = "More GPUs than a node has, for its executors"
cores = 1
memory = "512m"
executor_memory = "512m"
executor_gpus = 64
"""

IMPATIENT: Final[Mapping[str, Any]] = {
    "idleTimeout": 60,
    "startTimeout": 40,
    "quota": {**VALUES["quota"], "memory": "9Ti", "gpus": 100},
    "profiles": PROFILES + _LARGER_THAN_THE_CLUSTER,
    "config": _CONFIG,
}
