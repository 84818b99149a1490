from pathlib import Path

import pytest

from tests.hub_kubernetes.site import Site, mounted

KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: nobody, user: {token: x}}]
contexts: [{name: none, context: {cluster: none, user: nobody}}]
current-context: none
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A hub's pod with what the chart mounts, and a Kubernetes that does not answer."""
    from kubespawner.clients import load_config

    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    where = "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION"
    monkeypatch.setattr(where, str(tmp_path / "kubeconfig"))
    load_config.cache_clear()
    site = Site(mounted(tmp_path), monkeypatch)
    site.enter()
    return site
