"""Login with the accounts of this machine; notebooks run under them, with their own homes.

The hub runs as root and starts each server as its user: sudo hepnb up --host 0.0.0.0 --config pam.py, behind a web
server with a certificate. The environment of hepnb must be readable for all users: not below the home of root. A hub
without root needs the package sudospawner and its rule for sudo; then write "sudospawner.SudoSpawner" below.
"""

c = get_config()  # noqa: F821  # JupyterHub puts it here

c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allow_existing_users = False
c.LocalAuthenticator.allowed_groups = {"physics"}
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
