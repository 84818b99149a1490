"""An object that is there already is given what it shall hold; a Secret without being read."""

import asyncio
from typing import Any

import pytest
from kubernetes_asyncio.client import ApiException

from hepnb_hub import user_namespaces


class Api:
    """Of Kubernetes, where every object is there; it knows no call that reads one."""

    def __init__(self) -> None:
        """Nothing was asked."""
        self.patches: list[tuple[Any, ...]] = []

    async def taken(self, *_: Any, **__: Any) -> None:
        """Make an object."""
        raise ApiException(status=409)

    create_namespaced_secret = create_namespaced_config_map = taken

    async def patch_namespaced_secret(self, *arguments: Any, **options: Any) -> None:
        """Note what is changed, and how."""
        self.patches.append((*arguments, options["_content_type"]))

    patch_namespaced_config_map = patch_namespaced_secret


@pytest.mark.parametrize(("kind", "name"), [("Secret", "hepnb-environment"), ("ConfigMap", "hepnb-certificates")])
@pytest.mark.parametrize("data", [{"KEY": "dmFsdWU="}, {}])
def test_its_content_is_replaced_as_a_whole_and_unseen(
    monkeypatch: pytest.MonkeyPatch, kind: str, name: str, data: dict[str, str]
):
    api = Api()
    monkeypatch.setattr(user_namespaces, "shared_client", lambda _: api)
    wanted = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": data}
    asyncio.run(user_namespaces._put("hepnb-u-maria", wanted))
    change = [{"op": "add", "path": "/data", "value": data}]
    assert api.patches == [(name, "hepnb-u-maria", change, "application/json-patch+json")]
