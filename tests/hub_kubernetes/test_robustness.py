"""A notebook starts and stops also where Kubernetes is away, a node is lost, or the hub's database is."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from hepnb_hub import kube_spawner, lost_nodes
from tests.hub_kubernetes.api_server import ApiServer
from tests.hub_kubernetes.site import Site

NAMESPACE = "hepnb-u-maria"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: Site) -> ApiServer:  # noqa: ARG001  # writes a kubeconfig
    """A Kubernetes that runs pods without nodes; a server in them listens at once."""
    from kubespawner.clients import load_config

    server = ApiServer()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(kubeconfig.read_text().replace("127.0.0.1:9", f"127.0.0.1:{server.port}"))
    load_config.cache_clear()

    async def listens(host: str, port: int) -> bool:
        return (host, port) == ("127.0.0.1", 8888)

    monkeypatch.setattr(kube_spawner, "listens", listens)
    return server


@asynccontextmanager
async def spawner_of(site: Site) -> AsyncIterator[Any]:
    """The spawner of a user who has chosen a profile."""
    spawner = await site.chosen(profile="small")
    try:
        yield spawner
    finally:
        await type(spawner)._stop_all_reflectors()


def played(api: ApiServer, site: Site, play: Callable[[Any], Awaitable[None]]) -> None:
    """Play with the spawner of a user, while Kubernetes answers."""

    async def playing() -> None:
        async with api.running(), spawner_of(site) as spawner:
            await play(spawner)

    asyncio.run(playing())


def test_a_start_waits_until_kubernetes_is_back(api: ApiServer, site: Site):
    async def playing() -> str:
        async with spawner_of(site) as spawner:
            starting = asyncio.ensure_future(spawner.start())
            await asyncio.sleep(1.5)
            assert not starting.done()
            api.broken = 503
            async with api.running():
                await asyncio.sleep(1.5)
                assert not starting.done()
                api.broken = None
                return str(await asyncio.wait_for(starting, 15))

    assert asyncio.run(playing()) == "http://127.0.0.1:8888"
    assert api.pod()["metadata"]["name"] == "notebook"


@pytest.mark.usefixtures("api")
def test_a_start_says_so_where_kubernetes_does_not_come_back(site: Site):
    site.write(startTimeout=8)

    async def playing() -> None:
        async with spawner_of(site) as spawner:
            await spawner.start()

    began = time.monotonic()
    with pytest.raises(HTTPError) as failed:
        asyncio.run(playing())
    assert 1.5 < time.monotonic() - began < 8
    assert str(failed.value.jupyterhub_message).startswith("The hub cannot reach Kubernetes: ")  # type: ignore[attr-defined]  # of our own error
    assert str(failed.value.jupyterhub_message).endswith(" Try again in a minute.")  # type: ignore[attr-defined]  # of our own error


def test_the_hub_watches_what_only_it_can_make(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        await spawner.start()
        assert spawner.watched() == [NAMESPACE]

    played(api, site, play)
    assert api.asked == {
        ("pods", "hepnb/role=notebook", ""),
        ("events", "", "involvedObject.kind=Pod,involvedObject.name=notebook"),
    }


def test_a_server_that_has_stopped_is_watched_no_longer(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        await spawner.start()
        await spawner.stop()
        await spawner.run_post_stop_hook()
        assert not spawner.reflectors

    played(api, site, play)


def test_the_pods_of_a_user_are_watched_while_another_server_runs(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        await spawner.start()
        other = spawner.user.get_or_create_spawner("second", "")
        other._spawn_pending = True
        await spawner.run_post_stop_hook()
        assert list(spawner.reflectors) == [("pods", NAMESPACE)]

    played(api, site, play)


def test_a_stop_does_not_wait_for_a_node_that_is_lost(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        spawner.delete_grace_period = 1
        await spawner.start()
        api.node_lost = True
        began = time.monotonic()
        await asyncio.wait_for(spawner.stop(), 30)
        assert 10 < time.monotonic() - began < 20
        assert await spawner.poll() == 1

    played(api, site, play)
    assert api.deletions[0] == 1
    assert set(api.deletions[1:]) == {0}
    assert not api.objects["pods"]


def test_a_server_on_a_lost_node_has_ended_and_starts_again(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        await spawner.start()
        api.node_lost = True
        first = api.pod()["metadata"]["uid"]
        api.terminate(since=5)
        await asyncio.sleep(0.5)
        assert await spawner.poll() is None
        api.terminate(since=20)
        await asyncio.sleep(0.5)
        assert await spawner.poll() == 1
        assert await spawner.start() == "http://127.0.0.1:8888"
        assert api.pod()["metadata"]["uid"] != first

    played(api, site, play)


def test_a_notebook_that_the_database_does_not_know_makes_place_for_the_next(api: ApiServer, site: Site):
    async def play(spawner: Any) -> None:
        await spawner.start()
        first = api.pod()["metadata"]["uid"]
        await type(spawner)._stop_all_reflectors()
        again = await site.chosen(profile="small")  # with a database of its own
        assert await again.poll() is None
        assert await again.start() == "http://127.0.0.1:8888"
        assert api.pod()["metadata"]["uid"] != first

    played(api, site, play)
    assert api.deletions == [0]


@pytest.mark.parametrize(
    ("until", "overdue"),
    [("2026-03-01T12:00:00Z", False), ("2026-03-01T11:59:51Z", False), ("2026-03-01T11:59:49Z", True)],
)
def test_a_pod_is_overdue_some_seconds_after_its_grace_period(until: str, overdue: bool):
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert lost_nodes.overdue({"metadata": {"deletionTimestamp": until}}, now) == overdue
    assert not lost_nodes.overdue({"metadata": {}}, now)
    assert not lost_nodes.overdue(None, now)
