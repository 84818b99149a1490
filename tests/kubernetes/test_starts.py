"""Does the page say in one sentence why a notebook does not start?"""

import html
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.hub.running import Browser
from tests.kubernetes.broken import BROKEN
from tests.kubernetes.cluster import Installed, kubectl, until
from tests.kubernetes.pods import POD, changed

STRANGER = "vera"  # whose namespace is somebody else's
LARGE = {"greta": "memory", "gus": "gpus"}
"""User -> profile, larger than any node."""


SAID = {
    "image": (
        500,
        (
            "The image localhost/hepnb/nowhere:0 of the notebook cannot be pulled: …nowhere… It is the operator who "
            "can change that."
        ),
    ),
    "secret": (500, 'The notebook\'s container cannot be made: secret "nowhere" not found. Ask the operator.'),
    "volume": (
        503,
        (
            "The volume of your home is not there: the cluster's storage has not made it. The operator finds why in "
            "the events of the volume claim 'home'."
        ),
    ),
    "host": (
        500,
        (
            'Kubernetes does not let the hub start this notebook: pods "notebook" is forbidden: violates PodSecurity '
            '"restricted:latest": host namespaces (hostNetwork=true)… It is the operator who can change that.'
        ),
    ),
    STRANGER: (
        500,
        (
            "Kubernetes does not let the hub start this notebook: … denied request: the hub may not CREATE "
            "rolebindings in …-vera: it is no namespace of a user. It is the operator who can change that."
        ),
    ),
    "ends": (
        500,
        (
            "The notebook server ended with code 1 as soon as it had started; the operator finds why in the log of its "
            "pod."
        ),
    ),
    "memory": (
        500,
        "The notebook server took more memory than its profile has before it was there; choose a larger one.",
    ),
    "silent": (
        504,
        (
            "The notebook did not start within 40 s. The last that Kubernetes says of it: Container started. Try "
            "again, or ask the operator."
        ),
    ),
    "greta": (
        503,
        (
            "No node of the cluster has room for this notebook: 0/… nodes are available: … Insufficient memory. Choose "
            "another profile, or try again later."
        ),
    ),
    "gus": (
        503,
        (
            "No node of the cluster with a GPU has room for this notebook: 0/… nodes are available: … Insufficient "
            "nvidia.com/gpu. Choose another profile, or try again later."
        ),
    ),
}
"""User -> status and sentence, where anything may stand for an ellipsis."""


def sentence(page: requests.Response) -> str:
    """What a page says of the failure: the one that was waiting, or the form where it is known at once."""
    found = re.search(r"has failed\.(.*?)Would you like|spawn-error-msg[^>]*>Error: (.*?)</p>", page.text, re.DOTALL)
    assert found is not None, page.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1] or found[2])).split())


@pytest.fixture(scope="module")
def pages(impatient: Installed) -> Mapping[str, requests.Response]:
    """What came to each user instead of a server; they start at the same time."""
    kubectl("create", "namespace", impatient.namespace_of(STRANGER))
    wanted = {**dict.fromkeys((*BROKEN, STRANGER), "tiny"), **LARGE}

    def start(user: str) -> requests.Response:
        browser = Browser(impatient, user)
        browser.login(impatient.password)
        return browser.start(wanted[user])

    with ThreadPoolExecutor(len(wanted)) as pool:
        return dict(zip(wanted, pool.map(start, wanted), strict=True))


@pytest.mark.parametrize("user", SAID)
def test_a_page_says_why(pages: Mapping[str, requests.Response], user: str):
    status, said = SAID[user]
    assert pages[user].status_code == status
    found = sentence(pages[user])
    assert re.fullmatch(".*".join(map(re.escape, said.split("…"))), found), found


def test_another_pod_takes_what_the_quota_has(impatient: Installed, pages: Mapping[str, requests.Response]):
    namespace = impatient.namespace_of("gus")
    assert pages["gus"].status_code == 503  # the namespace is there
    kubectl(
        "create", "-n", namespace, "-f", "-", given=changed(POD, "spec.containers.0.resources.limits.memory", "9Ti")
    )
    user = Browser(impatient, "gus")
    user.login(impatient.password)
    assert "more than is left of your quota" in user.form()
    answer = user.start("tiny")
    assert answer.status_code == 409
    assert sentence(answer) == (
        "Your quota has no room for this notebook: it takes 1.2 GB of memory, and 9216.0 GB of 9216.0 GB are in use. "
        "Choose a smaller profile; executors that an earlier server left end within a minute."
    )
    kubectl("delete", "pod", "probe", "-n", namespace, "--wait=false")
    until(lambda: user.start("tiny").url.endswith("/user/gus/lab"), within=60, what="a server where there is room")
    user.stop()


def test_profiles_that_want_more_gpus_than_are_free_are_marked(impatient: Installed):
    user = Browser(impatient, "paula")
    user.login(impatient.password)
    cards = user.form().split('for="profile-')[1:]
    marked = {card.partition('"')[0] for card in cards if "too few GPUs are free now" in card}
    assert {"gpus", "executor-gpus"} <= marked
    assert not {"tiny", "wide"} & marked
