"""JupyterHub on Kubernetes. It assigns; what, is in the other modules."""

import sys

from hepnb.cluster.hub_pod import this_pod
from hepnb.errors import HepnbError
from hepnb_hub import one_cluster, site_file, site_hooks, site_traits
from hepnb_hub.deployment import load_deployment

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
pod = this_pod()
try:
    deployment = load_deployment(pod.deployment)
    c.merge(one_cluster.configuration(pod, deployment))
    site_hooks.before(c)
    if pod.site_config.exists():
        with site_hooks.explained(pod.site_config):
            site = site_file.load(pod.site_config)
        site_traits.settle(c, site)
    one_cluster.require_door(c)
    ours = one_cluster.ours(pod, deployment)
    site_hooks.after(c, ours, sessions=False, login_hint=one_cluster.LOGIN_HINT)
except HepnbError as error:
    sys.exit(str(error))
