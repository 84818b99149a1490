"""As much of Kubernetes' interface as the hub asks for a user, with nodes that run pods at once or are lost."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

Object = dict[str, Any]


class ApiServer:
    """Objects by kind and name; of one namespace.

    Attributes:
        asked: what was listed or watched: kind and selectors.
        deletions: grace periods of pods that were deleted [s].
        node_lost: whether the node that runs the pods answers no more.
        broken: status of every answer; ``None`` where it works.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.objects: dict[str, dict[str, Object]] = {}
        self.asked: set[tuple[str, str, str]] = set()
        self.deletions: list[int] = []
        self.node_lost = False
        self.broken: int | None = None
        self._changes: list[tuple[str, str, Object]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let it answer."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    def pod(self) -> Object:
        """The only one."""
        (pod,) = self.objects["pods"].values()
        return pod

    def terminate(self, *, since: float) -> None:
        """Let the pod terminate, whose grace period ended some seconds ago."""
        self._terminating(self.pod(), -since)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.broken is not None:
            return _status(self.broken, "in trouble")
        *_, kind, name = ["", *request.path.strip("/").split("/")]
        if request.method == "POST":
            return self._create(name, await request.json())
        if request.method == "DELETE":
            return self._delete(kind, name, int(request.query.get("gracePeriodSeconds", 30)))
        if name in ("pods", "events"):
            return await self._list(name, request)
        if name == "nodes":
            return web.json_response({"items": [], "metadata": {}})
        if name == "kubernetes":
            return web.json_response({"addressType": "IPv4", "endpoints": [], "metadata": {"name": name}, "ports": []})
        found = self.objects.get(kind, {}).get(name)
        return _status(404, f"{kind} {name} not found") if found is None else web.json_response(found)

    def _create(self, kind: str, wanted: Object) -> web.Response:
        name = wanted["metadata"]["name"]
        there = self.objects.setdefault(kind, {})
        if name in there:
            return _status(409, f"{kind} {name} already exists")
        there[name] = wanted
        wanted["metadata"] |= {"namespace": "u", "uid": f"{kind}-{len(self._changes)}", "resourceVersion": "1"}
        if kind == "resourcequotas":
            wanted["status"] = {"hard": wanted["spec"]["hard"]}
        if kind == "pods":
            wanted["metadata"]["namespace"] = "hepnb-u-maria"
            ready = {"name": "notebook", "ready": True, "state": {"running": {}}}
            wanted["status"] = {"phase": "Running", "podIP": "127.0.0.1", "containerStatuses": [ready]}
            self._changes.append((kind, "ADDED", wanted))
        return _described(wanted, status=201)

    def _delete(self, kind: str, name: str, grace: int) -> web.Response:
        there = self.objects.get(kind, {})
        if name not in there:
            return _status(404, f"{kind} {name} not found")
        if kind == "pods":
            self.deletions.append(grace)
            if self.node_lost and grace:
                self._terminating(there[name], grace)
                return _described(there[name])
            self._changes.append((kind, "DELETED", there[name]))
        return _described(there.pop(name))

    def _terminating(self, pod: Object, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        pod["metadata"]["deletionTimestamp"] = until.isoformat(timespec="seconds").replace("+00:00", "Z")
        self._changes.append(("pods", "MODIFIED", pod))

    async def _list(self, kind: str, request: web.Request) -> web.StreamResponse:
        query = request.query
        self.asked.add((kind, query.get("labelSelector", ""), query.get("fieldSelector", "")))
        if "watch" not in query:
            listed = list(self.objects.get(kind, {}).values())
            version = str(len(self._changes))
            return web.json_response({"items": listed, "metadata": {"resourceVersion": version}})
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):  # nobody watches any more
            await self._tell(kind, int(query["resourceVersion"]), answer)
        return answer

    async def _tell(self, kind: str, at: int, answer: web.StreamResponse) -> None:
        deadline = datetime.now(UTC) + timedelta(seconds=2)
        while datetime.now(UTC) < deadline:
            for changed, event, found in self._changes[at:]:
                if changed == kind:
                    found["metadata"]["resourceVersion"] = str(len(self._changes))
                    await answer.write(json.dumps({"type": event, "object": found}).encode() + b"\n")
            at = len(self._changes)
            await asyncio.sleep(0.05)


def _described(found: Object, status: int = 200) -> web.Response:
    # The client takes the state of a pod only where it is complete.
    return web.json_response({key: value for key, value in found.items() if key != "status"}, status=status)


def _status(code: int, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)
