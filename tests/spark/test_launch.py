"""With which options does the JVM of a driver start?"""

from collections.abc import Mapping

import pytest

from hepnb.spark import launch

TRUST = "-Djavax.net.ssl.trustStore=/t/authorities.jks -Djavax.net.ssl.trustStoreType=JKS"


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects what JVMs would be launched with."""
    found: list[str] = []

    def note(_: Mapping[str, str], *, variables: Mapping[str, str], **__: object) -> None:
        found.append(variables["SPARK_SUBMIT_OPTS"])

    monkeypatch.setattr(launch.driver, "launch", note)
    monkeypatch.setattr(launch, "find", lambda: None)
    monkeypatch.delenv("SPARK_SUBMIT_OPTS", raising=False)
    monkeypatch.delenv("HEPNB_TRUST_STORE", raising=False)
    return found


def test_a_driver_trusts_what_the_site_trusts_and_the_user_has_the_last_word(
    options: list[str], monkeypatch: pytest.MonkeyPatch
):
    launch.launch({}, remote_executors=True, meanwhile=lambda: None)
    monkeypatch.setenv("HEPNB_TRUST_STORE", "/t/authorities.jks")
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-Downs=1")
    launch.launch({}, remote_executors=True, meanwhile=lambda: None)
    assert "trustStore" not in options[0]
    assert options[1] == f"{options[0]} {TRUST} -Downs=1".lstrip()
