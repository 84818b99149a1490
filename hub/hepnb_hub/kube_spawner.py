"""How does a user's notebook server start in a namespace of its own?"""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError
from jupyterhub.utils import maybe_future
from kubernetes_asyncio.client import ApiException, V1DeleteOptions
from kubespawner import KubeSpawner
from traitlets import Dict, Instance, Unicode

from hepnb.cluster.kubernetes import NOTEBOOK_PORT
from hepnb.cluster.names import SHARED
from hepnb.errors import InputError
from hepnb_hub import lost_nodes, pod_failures, required_traits, site_pod, user_namespaces, watches
from hepnb_hub.answers import described, until_answered
from hepnb_hub.deployment import Deployment
from hepnb_hub.listening import listens
from hepnb_hub.namespaces import namespace_of

_PAUSE: Final = 0.1  # [s] between two tries to connect
_LOOK: Final = 1.0  # [s] between two looks at a pod that starts
_MARGIN: Final = 5.0  # [s] that our sentence comes before the hub's own
_NOTHING_THERE: Final = (403, 404)
_ENDED: Final = 1  # as `poll` says it


class NamespaceSpawner(KubeSpawner):  # type: ignore[misc]  # KubeSpawner has no types
    """Servers run as pods, each user's in a namespace that the hub makes."""

    deployment = Instance(Deployment, help="What the chart says of the site.").tag(config=True)
    site_environment = Unicode(help="Folder of the secret variables of the site.").tag(config=True)
    required = Dict(help="Traits of the pod that are added to what others set, each with its value.").tag(config=True)
    told = Dict(help="Variables of the server, which neither the site's nor the user's own replace.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Find the user's namespace."""
        super().__init__(*args, **kwargs)
        # Not by enable_user_namespaces: with it the hub watches the pods of the whole cluster.
        self.namespace = namespace_of(self.user.name, self.deployment.prefix)
        self._prepared = asyncio.Event()

    def get_env(self) -> dict[str, Any]:
        """The variables of the server, where ours are taken as they are; KubeSpawner expands braces in the site's."""
        return {**super().get_env(), **self.told}

    @classmethod
    def watched(cls) -> list[str]:
        """Namespaces of the users whom the hub knows to run something."""
        return sorted(key[1] for key in cls.reflectors if key[0] == watches.PODS)

    async def get_pod_manifest(self) -> Any:
        """The pod of the server."""
        try:
            required_traits.add(self, self.required)
        except InputError as error:
            raise pod_failures.misconfigured(str(error)) from error
        pod = await super().get_pod_manifest()
        site_pod.complete(pod, self.deployment.executors)
        return self._without_tokens_in_logs(pod)

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> Any:
        """Create the pod, as a site's `modify_pod_hook` has left it."""
        manifest = self.api.api_client.sanitize_for_serialization(pod)
        if (missing := required_traits.missing(manifest, claim=self.pvc_name)) is not None:
            raise pod_failures.misconfigured(f"The site's configuration leaves this notebook's pod without {missing}.")
        return await super()._make_create_pod_request(self._without_tokens_in_logs(pod), request_timeout)

    def _without_tokens_in_logs(self, pod: Any) -> Any:
        # KubeSpawner logs the whole of a pod that is refused, with its tokens.
        pod.to_str = lambda: f"{self.namespace}/{self.pod_name}"
        return pod

    async def load_user_options(self) -> None:
        """Nothing: the hub has applied them, and KubeSpawner's own profiles are not in use."""

    async def start(self) -> str:
        """Make the namespace what it shall be, start the server's pod, and wait until it listens.

        While Kubernetes is away or in trouble, it tries again.

        Returns:
            Where the server is.

        Raises:
            PodError: it does not start.
        """
        deadline = time.monotonic() + max(self.start_timeout - _MARGIN, _LOOK)
        self._prepared.clear()
        try:
            address: str = await until_answered(partial(self._start_once, deadline), deadline, self.log)
            await self._watched(asyncio.ensure_future(_until_it_listens(address)), deadline)
            return address
        except InputError as error:
            raise pod_failures.misconfigured(str(error)) from None
        except ApiException as error:
            raise pod_failures.refusal(
                error.status, user_namespaces.reason(error), cpu_fraction=self.deployment.executors.cpu_fraction
            ) from error
        except OSError as error:  # also where it takes too long
            raise pod_failures.no_answer(described(error)) from error

    async def _start_once(self, deadline: float) -> Any:
        """Begin to start it; where that fails it can begin again, since what is there already is taken as it is."""
        variables = site_pod.secret_variables(self.deployment, self.site_environment, shared=SHARED in self.told)
        preparing = user_namespaces.prepare(self.namespace, self.deployment, variables)
        if await asyncio.wait_for(preparing, deadline - time.monotonic()):
            # What is known is of an earlier namespace of that name.
            await self._forget_watches()
            self._pvc_exists = False
        self._prepared.set()
        return await self._watched(super().start(), deadline)

    async def poll(self) -> int | None:
        """Whether the server runs; one that terminates for too long, because its node is lost, does not."""
        code: int | None = await super().poll()
        if code is None and lost_nodes.overdue(self._pod(), datetime.now(UTC)):
            await self._remove_pod()
            return _ENDED
        return code

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What happens to the pod; nothing can be known of it before its namespace is there."""
        await self._prepared.wait()
        async for event in super().progress():
            yield event

    async def stop(self, now: bool = False) -> None:
        """Stop the server's pod, also on a lost node; where the hub has no right in the namespace, there is none."""
        stopping = asyncio.ensure_future(super().stop(now=now))
        try:
            while not (await asyncio.wait([stopping], timeout=_LOOK))[0]:
                if lost_nodes.overdue(self._pod(), datetime.now(UTC)):
                    await self._remove_pod()
            stopping.result()
        except ApiException as error:
            if error.status not in _NOTHING_THERE:
                raise
        finally:
            stopping.cancel()

    async def run_post_stop_hook(self) -> None:
        """Run what the site wants after a stop, and watch no longer."""
        try:
            await maybe_future(super().run_post_stop_hook())
        finally:
            others = (other for other in self.user.spawners.values() if other is not self)
            used = any(other.active for other in others)
            await self._forget_watches(kinds=(watches.EVENTS,) if used else (watches.PODS, watches.EVENTS))

    async def delete_forever(self) -> None:
        """Remove the namespace of a user who was deleted, with the home."""
        await super().delete_forever()
        if not self.name:
            # Before: a watch of a namespace that has gone tries for long, and the next one is not begun meanwhile.
            await self._forget_watches()
            await user_namespaces.remove(self.namespace)

    async def _start_reflector(
        self,
        kind: str,
        reflector_class: Any,
        replace: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Watch the namespace; a watch that has ended or never began is no reason not to."""
        key = self._get_reflector_key(kind)
        known = self.reflectors.get(key)
        ended = known is not None and not watches.runs(known)
        wanted = {**kwargs, **watches.selectors(kind, self.pod_name)}
        try:
            return await super()._start_reflector(kind, reflector_class, replace=replace or ended, **wanted)
        except (Exception, asyncio.CancelledError):
            self.reflectors.pop(key, None)
            raise

    def _get_reflector_key(self, kind: str) -> tuple[str, ...]:
        return watches.key(kind, self.namespace, self.pod_name)

    async def _watched(self, starting: "asyncio.Future[Any]", deadline: float) -> Any:
        """Wait for something of a pod that starts, as long as it may."""
        since: dict[str, float] = {}
        try:
            while not (await asyncio.wait([starting], timeout=_LOOK))[0]:
                now, pod = time.monotonic(), self._pod()
                found = pod_failures.obstacle(pod)
                since = {found.sentence: since.get(found.sentence, now)} if found is not None else {}
                hopeless = found is not None and now - since[found.sentence] >= found.patience
                if hopeless or now >= deadline:
                    raise pod_failures.too_late(self.start_timeout, pod, self.events)
            return starting.result()
        finally:
            starting.cancel()

    def _pod(self) -> dict[str, Any] | None:
        watch = self.pod_reflector
        found: dict[str, Any] | None = watch and watch.pods.get(f"{self.namespace}/{self.pod_name}")
        return found

    async def _remove_pod(self) -> None:
        """Take the pod out of Kubernetes without waiting for its node."""
        self.log.warning("The pod %s/%s should have ended; its node may be lost", self.namespace, self.pod_name)
        at_once = V1DeleteOptions(grace_period_seconds=0)
        try:
            await self._make_delete_pod_request(self.pod_name, at_once, 0, self.k8s_api_request_timeout)
        except (ApiException, ClientError, OSError) as error:
            self.log.warning("Kubernetes does not remove it: %s", described(error))

    async def _forget_watches(self, kinds: tuple[str, ...] = (watches.PODS, watches.EVENTS)) -> None:
        for kind in kinds:
            if (watch := self.reflectors.pop(self._get_reflector_key(kind), None)) is not None:
                await watch.stop()


async def _until_it_listens(address: str) -> None:
    server = urlsplit(address)
    while not await listens(server.hostname or "", server.port or NOTEBOOK_PORT):
        await asyncio.sleep(_PAUSE)
