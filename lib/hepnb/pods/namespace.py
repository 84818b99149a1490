"""What is asked of Kubernetes from inside a notebook pod?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests

from hepnb.cluster.kubernetes import QUOTA
from hepnb.errors import SessionError

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PATIENCE: Final = 10.0  # [s]
_FORBIDDEN: Final = 403
_MISSING: Final = 404
_REFUSED: Final = (403, 422)


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """The part of Kubernetes' API that a notebook pod may use: its own namespace, with the rights of its account.

    Attributes:
        name: of the namespace.
        address: of the API server, ``https://host:port``.
        account: folder with ``token`` and ``ca.crt`` of the service account.
    """

    name: str
    address: str
    account: Path = field(default=_ACCOUNT)

    @classmethod
    def of(cls, name: str, variables: Mapping[str, str]) -> "Namespace":
        """The API server that Kubernetes tells every pod of.

        Args:
            name: of the namespace.
            variables: of a process in the pod.
        """
        host, port = variables.get("KUBERNETES_SERVICE_HOST", ""), variables.get("KUBERNETES_SERVICE_PORT", "443")
        return cls(name=name, address=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}")

    def pods(self, selector: str) -> list[dict[str, Any]]:
        """The pods with some labels, as Kubernetes describes them.

        Raises:
            SessionError: Kubernetes does not say.
        """
        return self._items("pods", selector)

    def config_maps(self, selector: str) -> list[dict[str, Any]]:
        """The ConfigMaps with some labels.

        Raises:
            SessionError: Kubernetes does not say.
        """
        return self._items("configmaps", selector)

    def quota(self) -> "Quota":
        """What the pods here may take, and what they do take.

        Raises:
            SessionError: Kubernetes does not say.
        """
        answer = self._send("GET", f"namespaces/{self.name}/resourcequotas/{QUOTA}")
        if answer.status_code == _MISSING:
            return Quota(hard={}, used={})
        status = _checked(answer).get("status", {})
        return Quota(hard=status.get("hard", {}), used=status.get("used", {}))

    def delete(self, kind: str, selector: str) -> None:
        """Delete everything of a kind that has some labels.

        Args:
            kind: such as ``pods``.
            selector: the labels, as Kubernetes writes them.

        Raises:
            SessionError: Kubernetes does not do it.
        """
        _checked(self._send("DELETE", f"namespaces/{self.name}/{kind}", params={"labelSelector": selector}))

    def may(self, verb: str, kind: str) -> bool:
        """Whether the account may do something here.

        Args:
            verb: such as ``create``.
            kind: such as ``pods``.

        Raises:
            SessionError: Kubernetes does not say.
        """
        asked = {"spec": {"resourceAttributes": {"namespace": self.name, "verb": verb, "resource": kind}}}
        answer = self._send(
            "POST", "selfsubjectaccessreviews", api="apis/authorization.k8s.io/v1", json=asked | {"metadata": {}}
        )
        return bool(_checked(answer)["status"]["allowed"])

    def refusal_of(self, kind: str, content: Mapping[str, Any]) -> str | None:
        """What Kubernetes says against something that would be made here; none is made.

        Args:
            kind: such as ``pods``.
            content: of it.

        Returns:
            The reason; none where it would be let through.

        Raises:
            SessionError: Kubernetes does not answer.
        """
        answer = self._send("POST", f"namespaces/{self.name}/{kind}", params={"dryRun": "All"}, json=dict(content))
        if answer.status_code not in _REFUSED:
            return None
        return str(answer.json().get("message") or answer.reason)

    def _items(self, kind: str, selector: str) -> list[dict[str, Any]]:
        path = f"namespaces/{self.name}/{kind}"
        found: list[dict[str, Any]] = _checked(self._send("GET", path, params={"labelSelector": selector}))["items"]
        return found

    def _send(self, method: str, path: str, *, api: str = "api/v1", **options: Any) -> requests.Response:
        try:
            # Kubernetes writes a new token long before the old one ends.
            token = (self.account / "token").read_text(encoding="utf-8")
            with requests.Session() as session:
                session.trust_env = False  # proxies and passwords of the environment are for the world outside
                return session.request(
                    method,
                    f"{self.address}/{api}/{path}",
                    headers={"Authorization": f"Bearer {token}"},
                    verify=str(self.account / "ca.crt"),
                    timeout=_PATIENCE,
                    **options,
                )
        except OSError as error:  # also those of requests
            raise SessionError(
                f"Kubernetes' API at {self.address} does not answer ({type(error).__name__}); the operator of the "
                "platform can look at the network policies and the service account of this notebook."
            ) from error


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What the pods of a namespace may take together.

    Attributes:
        hard: resource -> limit, as Kubernetes writes quantities; empty where nothing is limited.
        used: resource -> what is taken.
    """

    hard: Mapping[str, str]
    used: Mapping[str, str]


def _checked(answer: requests.Response) -> dict[str, Any]:
    """What Kubernetes said, where it did not refuse."""
    try:
        content: dict[str, Any] = answer.json()
    except ValueError:
        content = {}
    if answer.ok:
        return content
    said = content.get("message") or answer.reason
    todo = "the operator of the platform gives the right" if answer.status_code == _FORBIDDEN else "try again"
    raise SessionError(f"Kubernetes refused what this notebook asked for: {said}; {todo}.")
