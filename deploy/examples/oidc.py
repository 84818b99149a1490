"""Login at the site's own provider by OpenID Connect, such as Keycloak or Indigo IAM.

The client's secret is in /etc/hepnb-site/oidc-secret. On Kubernetes the chart puts the keys of the Secret there that
hub.secret names. On one machine put the file there, for the hub's account alone, and start with: hepnb up
--host 0.0.0.0 --config oidc.py, behind a web server with a certificate.
"""

from pathlib import Path

c = get_config()  # noqa: F821  # JupyterHub puts it here

ISSUER = "https://login.example.org/realms/physics"

c.JupyterHub.authenticator_class = "oauthenticator.generic.GenericOAuthenticator"
c.GenericOAuthenticator.client_id = "hepnb"
c.GenericOAuthenticator.client_secret = Path("/etc/hepnb-site/oidc-secret").read_text(encoding="utf-8").strip()
c.GenericOAuthenticator.oauth_callback_url = "https://hepnb.example.org/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = f"{ISSUER}/protocol/openid-connect/auth"
c.GenericOAuthenticator.token_url = f"{ISSUER}/protocol/openid-connect/token"
c.GenericOAuthenticator.userdata_url = f"{ISSUER}/protocol/openid-connect/userinfo"
c.GenericOAuthenticator.scope = ["openid", "profile", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.allowed_groups = {"physics"}
