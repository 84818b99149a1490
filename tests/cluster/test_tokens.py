"""Is a token what a web signature is; that Spark takes it is tested where Spark runs."""

import base64

from hepnb.cluster.tokens import new_secret, sign


def test_the_token_is_the_one_of_the_standard():
    # The key of RFC 7515, appendix A.1; the signature was made with OpenSSL.
    key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    assert sign(key) == "eyJhbGciOiAiSFMyNTYifQ.eyJzdWIiOiAib3duZXIifQ.1O5FgsFWDk8yPb7twPxFSgIicLL1XaduO4W5BTwGqH0"


def test_every_secret_is_another_one_of_at_least_32_bytes():
    secrets = {new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert min(len(base64.urlsafe_b64decode(secret + "==")) for secret in secrets) >= 32
