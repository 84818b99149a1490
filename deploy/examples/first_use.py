"""Login for a site without an own one: the first password that a user gives is the user's.

Start with: hepnb up --host 0.0.0.0 --config first_use.py, behind a web server with a certificate.
"""

c = get_config()  # noqa: F821  # JupyterHub puts it here

c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.create_users = False  # only those named here may choose a password
c.Authenticator.allowed_users = {"maria", "chen"}
c.Authenticator.admin_users = {"maria"}
