"""Does what a site sets for its users reach notebooks and executors alike, and do secrets stand nowhere else?"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hepnb.cluster.kubernetes import NOTEBOOK_ACCOUNT
from tests.hub.running import Browser, Kernel
from tests.hub_kubernetes.site import CERTIFICATE
from tests.kubernetes.cluster import Installed, kubectl, objects, until
from tests.kubernetes.conftest import logged_in
from tests.kubernetes.releases import account, ask

FIRST, SECOND = "xyzzy-the-first-secret", "xyzzy-the-second-secret"
SECRET = "storage"  # noqa: S105  # its name

ATTACH = """
import hepnb
spark = hepnb.attach("kubernetes")
def seen(_):
    import os, ssl
    context = ssl.create_default_context()
    return [os.environ.get("SITE_VARIABLE"), os.environ.get("SITE_SECRET"), os.environ.get("AWS_EC2_METADATA_DISABLED"),
        open("/etc/hepnb-certificates/ca.crt").read().count("BEGIN CERTIFICATE"), len(context.get_ca_certs()) > 100,
        os.environ.get("SSL_CERT_FILE") == os.environ.get("AWS_CA_BUNDLE") is not None, "IN_THE_NOTEBOOK" in os.environ]
"""
NOTEBOOK = "print(seen(0))"
EXECUTOR = "print(spark.sparkContext.parallelize([0], 1).map(seen).first())"
JAVA = """
conf = spark.sparkContext._jvm.System
print((conf.getProperty("javax.net.ssl.trustStore") or "").endswith("authorities.jks"))
"""
READ = """
import time
from hepnb.loaders.files import open_tree
from hepnb.runners.runner import Silent
from hepnb.spark.root_source import read_root
from hepnb.spark.runner import SparkRunner
def opened(path):
    with open_tree(path, "Events"):
        pass
began = time.time()
try:
    {}
except Exception as error:
    print(round(time.time() - began), "s:", error)
"""


def keep(platform_name: str, value: str) -> None:
    """Write the site's Secret."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "stringData": {"SITE_SECRET": value}}
    kubectl("apply", "-n", platform_name, "-f", "-", given=secret)


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A platform of a site that has variables, a Secret and an authority."""
    platform = Installed(
        tmp_path_factory.mktemp("equipped"),
        environment={"SITE_VARIABLE": "of the site", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu"},
        environmentSecret=SECRET,
        certificates=CERTIFICATE,
    )
    kubectl("create", "namespace", platform.name)
    keep(platform.name, FIRST)
    try:
        platform.install()
        yield platform
    finally:
        platform.remove()


@pytest.fixture(scope="module")
def dora(equipped: Installed) -> Browser:
    return logged_in(equipped, "dora")


@pytest.fixture(scope="module")
def kernel(dora: Browser) -> Iterator[Kernel]:
    kernel = dora.kernel("hepnb-spark")
    assert kernel.run("import os; os.environ['IN_THE_NOTEBOOK'] = 'x'") == ""
    assert kernel.run(ATTACH, within=180) == ""
    yield kernel
    kernel.close()
    dora.api("DELETE", f"kernels/{kernel.number}")


def test_a_notebook_and_its_executors_see_the_same(kernel: Kernel):
    same = f"['of the site', '{FIRST}', 'true', 1, True, True, "
    assert kernel.run(NOTEBOOK) == f"{same}True]"
    assert kernel.run(EXECUTOR, within=180) == f"{same}False]"


def test_the_driver_trusts_the_authority_of_the_site(kernel: Kernel):
    assert kernel.run(JAVA) == "True"


def test_the_secret_stands_in_no_pod_and_no_log(equipped: Installed, kernel: Kernel):
    namespace = equipped.namespace_of("dora")
    assert kernel.run(EXECUTOR, within=180)  # so that there is an executor
    texts = [json.dumps(objects(kind, namespace)) for kind in ("pods", "configmaps", "events")]
    assert '"hepnb/role": "executor"' in texts[0]
    assert "hepnb-environment" in texts[0]
    texts.append(kubectl("logs", "deployment/hub", "-n", equipped.name))
    assert FIRST not in "".join(texts)
    assert kernel.run(f"print({FIRST[:5]!r} in str(spark.sparkContext.getConf().getAll()))") == "False"


@pytest.mark.parametrize(
    "code",
    [
        "read_root(spark, 's3://bucket/x.root')",
        "SparkRunner(spark).map(opened, ['s3://bucket/x.root'], progress=Silent())",
    ],
    ids=["notebook", "executor"],
)
def test_a_missing_credential_is_told_within_seconds(kernel: Kernel, code: str):
    assert kernel.run(EXECUTOR, within=180)  # so that there is an executor
    said = kernel.run(READ.format(code), within=120)
    seconds, _, sentence = said.partition(" s: ")
    assert sentence.startswith(
        "s3://bucket/x.root cannot be opened: there are no credentials for S3 where it is read. Set AWS_ACCESS_"
    )
    assert int(seconds) < 30


def test_users_cannot_change_the_secret_and_read_it_by_their_pods_alone(equipped: Installed, kernel: Kernel):
    assert kernel.run("print('in a namespace')") == "in a namespace"
    namespace = equipped.namespace_of("dora")
    for verb in ("get", "list", "patch", "delete", "create"):
        asked = ("auth", "can-i", "--quiet", *account(namespace, NOTEBOOK_ACCOUNT), verb, "secrets", "-n", namespace)
        assert not ask("kubectl", *asked).done


def test_a_changed_secret_reaches_the_next_server(equipped: Installed):
    """The kubelet changes mounted Secrets within about a minute."""
    keep(equipped.name, SECOND)
    hub = ("exec", "deployment/hub", "-n", equipped.name, "--", "cat", "/etc/hepnb-environment/SITE_SECRET")
    until(lambda: kubectl(*hub) == SECOND, within=180, what="the new Secret in the hub's pod")
    erik = logged_in(equipped, "erik")
    kernel = erik.kernel()
    assert kernel.run("import os; print(os.environ['SITE_SECRET'])") == SECOND
    kernel.close()
    erik.stop()


def test_a_server_that_starts_again_has_the_changed_secret(equipped: Installed, dora: Browser, kernel: Kernel):
    """Of a user whose namespace has the old one."""
    kernel.close()
    dora.stop()
    until(lambda: not objects("pods", equipped.namespace_of("dora")), within=90, what="the end of the server")
    assert dora.start("tiny", within=120).url.endswith("/user/dora/lab")
    again = dora.kernel()
    assert again.run("import os; print(os.environ['SITE_SECRET'])") == SECOND
    again.close()


def test_without_the_secret_nothing_is_installed_and_a_job_says_what_is_missing(tmp_path: Path):
    platform = Installed(tmp_path, environmentSecret=SECRET)
    kubectl("create", "namespace", platform.name)
    try:
        with pytest.raises(AssertionError):
            platform.helm("install", "--timeout", "2m")
        said = kubectl("logs", "job/hub-check", "-n", platform.name)
        assert f"The Secret '{SECRET}', which 'environmentSecret' names, is not there or is empty." in said
        assert not objects("deployments", platform.name)
    finally:
        platform.remove()
