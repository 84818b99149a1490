"""Do programs trust the authorities of a site beside the public ones?"""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from hepnb.cluster import certificates
from hepnb.cluster.certificates import authorities, pem, trust_store, trusting
from hepnb.errors import InputError, MissingInputError
from tests.hub_kubernetes.site import CERTIFICATE

VARIABLES = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "HEPNB_TRUST_STORE"]


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Two authorities that are not the site's."""
    everywhere = ssl.create_default_context().get_ca_certs(binary_form=True)
    path = tmp_path / "public.crt"
    path.write_text("# A comment\n" + pem(everywhere[:2]))
    return path


def test_certificates_come_back_once_each_without_what_stands_between_them():
    assert pem(authorities(f"The first:\r\n{CERTIFICATE}\n\nagain\n{CERTIFICATE}".replace("\n", "\r\n"))) == CERTIFICATE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no certificate in PEM; each begins with -----BEGIN CERTIFICATE-----."),
        (CERTIFICATE[:-40], "holds no certificate in PEM"),
        (CERTIFICATE + CERTIFICATE[:-40], "holds a certificate that is cut off or damaged; copy the file again."),
        (CERTIFICATE.replace("MII", "AII"), "holds certificate number 1, which is damaged; copy the file again."),
        (f"{CERTIFICATE}-----BEGIN EC PRIVATE KEY-----", "holds a private key, which everybody would read"),
    ],
)
def test_what_is_no_certificate_is_told(text: str, told: str):
    with pytest.raises(InputError) as raised:
        authorities(text)
    assert str(raised.value).startswith(told)


def test_python_trusts_both(tmp_path: Path, public: Path):
    variables = trusting(CERTIFICATE, tmp_path, public=public)
    assert list(variables) == VARIABLES
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(cafile=variables["SSL_CERT_FILE"])
    assert len(trusted.get_ca_certs()) == 3


@pytest.mark.skipif(shutil.which("keytool") is None, reason="Java is not on PATH")
@pytest.mark.parametrize("kind", ["JKS", "PKCS12"])  # also as which Kubernetes' client in Spark reads it
def test_java_trusts_both(tmp_path: Path, public: Path, kind: str):
    store = trusting(CERTIFICATE, tmp_path, public=public)["HEPNB_TRUST_STORE"]
    command = ["keytool", "-list", "-rfc", "-keystore", store, "-storepass", "changeit", "-storetype", kind]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.count("trustedCertEntry") == 3
    assert authorities(CERTIFICATE)[0] in authorities(shown)


def test_the_same_authorities_are_the_same_file():
    assert trust_store(authorities(CERTIFICATE)) == trust_store(authorities(CERTIFICATE))


def test_an_image_without_public_authorities_is_told(tmp_path: Path):
    with pytest.raises(MissingInputError, match=r"The public authorities .*/none cannot be read: No such file"):
        trusting(CERTIFICATE, tmp_path, public=tmp_path / "none")


def test_a_shell_takes_the_variables_but_for_those_that_are_set(
    tmp_path: Path, public: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(certificates.trusting, "__kwdefaults__", {"public": public})
    (tmp_path / "ca.crt").write_text(CERTIFICATE)
    folder = tmp_path / "it's $here"
    folder.mkdir()
    assert certificates.main([str(tmp_path / "ca.crt"), str(folder)]) is None
    script = f'{capsys.readouterr().out}\necho "$SSL_CERT_FILE|$AWS_CA_BUNDLE"'
    result = subprocess.run(
        ["sh", "-c", script], env={"AWS_CA_BUNDLE": "own"}, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"{folder}/ca.crt|own\n"


def test_a_file_that_is_no_certificate_is_told_with_its_name(tmp_path: Path):
    (tmp_path / "ca.crt").write_text("x")
    told = certificates.main([str(tmp_path / "ca.crt"), str(tmp_path)])
    assert told is not None
    assert told.startswith(f"The site's certificates cannot be used: {tmp_path}/ca.crt: holds no certificate in PEM;")
