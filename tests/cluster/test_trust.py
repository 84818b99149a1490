"""What is kept from those who are let into a server."""

import pytest

from hepnb.cluster.trust import without_personal


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "BEARER_TOKEN",
        "BEARER_TOKEN_FILE",
        "X509_USER_PROXY",
        "X509_USER_KEY",
        "KRB5CCNAME",
        "KRB5_KTNAME",
        "OCI_CLI_KEY_FILE",
        "OCI_RESOURCE_PRINCIPAL_RPST",
        "OAUTH2_TOKEN",
        "XrdSecGSIUSERPROXY",
    ],
)
def test_what_opens_storage_in_somebody_s_name_is_left_out(name: str):
    assert without_personal({name: "x", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_where_storage_is_and_whom_it_trusts_stays():
    kept = {
        "AWS_REGION": "eu",
        "AWS_ENDPOINT_URL": "https://s3",
        "AWS_EC2_METADATA_DISABLED": "true",
        "X509_CERT_DIR": "/etc",
        "KRB5_CONFIG": "/etc/krb5.conf",
    }
    assert without_personal(kept) == kept


def test_the_hub_s_own_token_stays():
    # Without it nobody comes in, not even the owner.
    assert without_personal({"JUPYTERHUB_API_TOKEN": "x"}) == {"JUPYTERHUB_API_TOKEN": "x"}
