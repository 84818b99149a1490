"""Spark with its driver in a notebook pod, and executors in pods beside it."""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hepnb.backends.backend import Choice
from hepnb.backends.own_driver import OwnDriver
from hepnb.cluster import executors, spark_conf
from hepnb.cluster.environment import environment
from hepnb.cluster.executors import SELECTOR, application_of
from hepnb.cluster.kubernetes import NOTEBOOK, ROLE, NotebookPod
from hepnb.cluster.process_start import began
from hepnb.cluster.profiles import Profile, default_profile, find_profile, load_profiles
from hepnb.errors import SessionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from hepnb.pods.namespace import Namespace

_NO_FILE: Final = re.compile(r"MissingInputError: There is no file (?P<path>/.*?)\.(?:\n|$)")
_OUT_OF_MEMORY: Final = re.compile(r"OOMKilled|exit code 137|possible container OOM|exited unexpectedly")

# Spark, and what speaks with Kubernetes, are imported by the methods: who only wants to know what there is must not
# wait for them.


class KubernetesBackend(OwnDriver):
    """The `hepnb.backends.backend.Backend` of notebook pods."""

    name = "kubernetes"
    master = "k8s://"

    def __init__(self) -> None:
        """None runs yet."""
        super().__init__()
        self._fitting: Profile | None = None
        # Spark reads the template anew for each executor.
        self._folder = tempfile.TemporaryDirectory(prefix="hepnb-executors-")

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """The profile of the notebook server, where none is named; only inside a notebook pod."""
        NotebookPod.of(environment())
        return super().choose(profile, options)

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":
        """Start a JVM here; executors come with the first job."""
        from hepnb.pods.admission import require_executors
        from hepnb.spark import session

        pod, profile = _place(choice)
        namespace = _namespace(pod)
        self._fitting = profile = _within_quota(profile, pod, namespace)
        require_executors(profile, pod, {**choice.options, **settings}, namespace)
        template = Path(self._folder.name) / "executor.json"
        template.write_text(json.dumps(executors.pod_template(profile, pod)), encoding="utf-8")
        place = executors.kubernetes(profile, pod, template=str(template))
        self._options = choice.options
        return session.start(
            profile,
            settings=spark_conf.merged(choice.options, settings),
            executors=session.Executors(settings=place, application=_application),
        )

    def waits_for(self) -> str | None:
        """Why jobs that run get no executor, as a sentence; none where they do."""
        from hepnb.pods import lookout
        from hepnb.spark import jobs

        found = self.running()
        if found is None or not jobs.starve(found[1]):
            return None
        pod, profile = _place(found[0])
        namespace = _namespace(pod)
        return lookout.reason(
            profile,
            pod.executors,
            pods=namespace.pods(f"{SELECTOR}={jobs.application(found[1])}"),
            quota=namespace.quota(),
            hosts=jobs.hosts(found[1]),
            now=dt.datetime.now(dt.UTC),
        )

    def explain(self, message: str) -> str | None:
        """An executor that took more memory than it may, which Spark tells by numbers, or lacks a file that is here."""
        found = self.running()
        if found is not None and _OUT_OF_MEMORY.search(message) is not None:
            return _too_small(_place(found[0])[1])
        lacking = _NO_FILE.search(message)
        return _unseen(lacking["path"]) if lacking is not None and Path(lacking["path"]).exists() else None

    def size_of(self, profile: Profile) -> str:
        """The executors."""
        return profile.executor_size

    def free(self) -> str:
        """What is left of the user's quota."""
        from hepnb.pods import room

        pod = NotebookPod.of(environment())
        left = room.left(_namespace(pod).quota(), pod.executors)
        return f"Left of your quota now: {left}." if left else "Nothing limits how many executors you may have."

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The executors of the profile; when it runs, as many as fit into the quota."""
        profile = find_profile(choice.profile or default_profile())
        fitting = self._fitting if self._fitting is not None and self._fitting.name == profile.name else profile
        less = "" if fitting == profile else f" (your quota has no room for {profile.executors})"
        words = f"Kubernetes, profile '{profile.name}': "
        return f"{words}{profile.executor_size}", f"{words}{fitting.executor_size}{less}"


def _place(choice: Choice) -> tuple[NotebookPod, Profile]:
    return NotebookPod.of(environment()), find_profile(choice.profile or default_profile())


def _namespace(pod: NotebookPod) -> "Namespace":
    from hepnb.pods.namespace import Namespace

    return Namespace.of(pod.namespace, environment())


def _within_quota(profile: Profile, pod: NotebookPod, namespace: "Namespace") -> Profile:
    """The profile with as many executors as can ever fit beside the notebooks of the user.

    Raises:
        SessionError: not one fits, or this notebook may start none.
    """
    from hepnb.pods import room

    if not namespace.may("create", "pods"):
        raise SessionError(
            f"This notebook may not start executors in the namespace {pod.namespace}: its service account has no right "
            "to create pods. Tell the operator of the platform."
        )
    quota, needs = namespace.quota(), room.executor_needs(profile, pod.executors)
    fit = room.executors_that_fit(needs, quota, room.taken_by(namespace.pods(f"{ROLE}={NOTEBOOK}")))
    if fit == 0:
        lacking = "; ".join(room.shortages(needs, quota, pod.executors))
        raise SessionError(
            f"Not one executor of the profile '{profile.name}' fits into your quota beside this notebook ({lacking}). "
            "Pick a smaller profile with %attach, or ask the operator of the platform for more."
        )
    return profile if fit is None else replace(profile, executors=min(profile.executors, fit))


def _too_small(profile: Profile) -> str:
    size = f"{profile.executor_limit / (1 << 30):.1f} GB"
    return (
        f"An executor ran out of memory and was killed: with the profile '{profile.name}' it may take {size}. "
        f"{_larger(profile)}"
    )


def _unseen(path: str) -> str:
    return (
        f"Executors do not see {path}: it is a file of this notebook, and this platform does not share homes with "
        'executors. Work on it here, without executors, with hepnb.attach("local"), or read it from storage by an '
        "address (root://, https://, s3://); the operator of the platform can share homes (home.onExecutors)."
    )


def _larger(profile: Profile) -> str:
    larger = [one for one in load_profiles().values() if one.executor_limit > profile.executor_limit]
    if not larger:
        return "There is no larger one: work in smaller pieces, or with fewer columns at a time."
    found = min(larger, key=lambda one: one.executor_limit)
    size = f"{found.executor_limit / (1 << 30):.1f} GB"
    return f"The next larger one is '{found.name}' ({size}): %attach --profile {found.name}."


def _application(process: int) -> str:
    return application_of(process, began(process))
