"""Is it said before Spark starts that a policy of the cluster refuses its executors?"""

from unittest.mock import Mock, create_autospec

import pytest

from hepnb.cluster.kubernetes import ExecutorSite, NotebookPod
from hepnb.cluster.profiles import Profile
from hepnb.errors import SessionError
from hepnb.pods.admission import require_executors, trial
from hepnb.pods.namespace import Namespace

PROFILE = Profile(name="p", description="x", cores=1, memory="1g", executor_cores=2, executor_memory="1g", gpus=0)
SITE = ExecutorSite(image="example/executor:1", cpu_fraction=0.1, node_selector={"pool": "users"})
POD = NotebookPod(name="notebook", namespace="hepnb-u-anna", address="10.88.1.7", executors=SITE)
POLICY = "pods \"trial\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: "


def kubernetes(said: str | None) -> Mock:
    """One that says the same to whatever it is asked."""
    found = create_autospec(Namespace, instance=True)
    found.refusal_of.return_value = said
    return found


@pytest.mark.parametrize("said", [None, 'pods "trial" is forbidden: exceeded quota: hepnb, requested: pods=1'])
def test_what_is_let_through_or_has_no_room_now_is_no_error(said: str | None):
    require_executors(PROFILE, POD, {}, kubernetes(said))


def test_a_refusal_names_the_options_that_it_is_for():
    said = f"{POLICY}a user may not create a pod with the image own:1: here are example/executor:1"
    options = {"spark.kubernetes.container.image": "own:1", "spark.sql.shuffle.partitions": "4"}
    with pytest.raises(SessionError) as error:
        require_executors(PROFILE, POD, options, kubernetes(said))
    assert str(error.value) == (
        "Kubernetes refuses executors such as these: a user may not create a pod with the image own:1: here are "
        "example/executor:1. Leave out spark.kubernetes.container.image, or tell the operator of the platform."
    )


def test_a_refusal_of_the_site_s_own_is_one_of_an_old_server():
    with pytest.raises(SessionError, match=r"nodeSelector than the site's\. Stop this server and start it again"):
        require_executors(PROFILE, POD, {}, kubernetes(f"{POLICY}another nodeSelector than the site's"))


def test_a_trial_is_what_spark_would_make():
    options = {
        "spark.kubernetes.executor.container.image": "own:1",
        "spark.kubernetes.container.image": "other:1",
        "spark.kubernetes.node.selector.disk": "fast",
    }
    pod = trial(PROFILE, POD, options)
    (container,) = pod["spec"]["containers"]
    assert container["image"] == "own:1"
    amounts = {"memory": "1434Mi", "ephemeral-storage": "10240Mi"}
    assert container["resources"] == {"requests": {**amounts, "cpu": "200m"}, "limits": amounts}
    assert pod["spec"]["nodeSelector"] == {"pool": "users", "disk": "fast"}
    assert pod["spec"]["serviceAccountName"] == "hepnb-executor"
    assert pod["metadata"]["ownerReferences"][0]["name"] == "notebook"
    assert trial(PROFILE, POD, {})["spec"]["containers"][0]["image"] == "example/executor:1"
