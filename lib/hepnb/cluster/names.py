"""Which names must the hub, a notebook server, a kernel and Spark agree on?"""

from typing import Final

PROFILE: Final = "HEPNB_PROFILE"
"""Variable: the profile that was picked when the server started; kernels begin with it."""

PROFILES_FILE: Final = "HEPNB_PROFILES"
"""Variable: path of the site's profiles, in the place of those that come with the library."""

PROFILES_TOML: Final = "HEPNB_PROFILES_TOML"
"""Variable: the site's profiles themselves, where no file of the platform can be read."""

BACKEND: Final = "HEPNB_BACKEND"
"""Variable: name of the backend that `hepnb.attach` takes where nobody names one."""

TRUST_STORE: Final = "HEPNB_TRUST_STORE"
"""Variable: key store by which Java trusts the site's own authorities, too; absent where it has none."""

SPARK_REMOTE: Final = "SPARK_REMOTE"
"""Variable, Spark's own: the address of a Spark Connect server."""

PLATFORM: Final = "HEPNB_PLATFORM"
"""Variable: the data folder of the platform that a process belongs to."""

SHARED: Final = "HEPNB_SHARED"
"""Variable: ``1`` where the notebook server was started to work together; absent where it is its owner's alone."""

SHARED_OPTION: Final = "shared"
"""Key of the options with which a user starts a server, and field of their form: true to work together in it."""

OPERATOR: Final = "hepnb-operator"
"""Name of the hub's service, and of its role, as which ``hepnb admin`` speaks to the hub."""

SPARK_KERNEL: Final = "hepnb-spark"
"""Name of the kernelspec of Spark on this machine."""

SESSION_KERNEL: Final = "hepnb-session"
"""Name of the kernelspec of remote sessions."""

SPARK_ROUTE: Final = "hepnb/spark"
"""Where a notebook server shows Spark's own pages: ``<base URL>hepnb/spark/<kernel id>/``."""

COMM: Final = "hepnb"
"""Target of the comm by which a kernel speaks to our extension of JupyterLab."""

METADATA: Final = "hepnb"
"""Key of a notebook's metadata: ``{"backend": …, "profile": …, "options": {…}}``."""

NOTEBOOK: Final = "JPY_SESSION_NAME"
"""Variable, Jupyter's own: path of the notebook that a kernel was started for; absent where nobody looks on."""

HUB_TOKEN: Final = "JUPYTERHUB_API_TOKEN"  # noqa: S105  # the name of the variable
"""Variable, the hub's own: by what it knows a notebook server."""

SERVER_PREFIX: Final = "JUPYTERHUB_SERVICE_PREFIX"
"""Variable, the hub's own: base URL of the notebook server; absent where there is no hub."""

SESSIONS: Final = "HEPNB_SESSIONS"
"""Variable: address of the service of remote Spark sessions, as a notebook server reaches it."""

SESSIONS_SERVICE: Final = "sessions"
"""Name of that service at the hub: it is at ``<base URL>services/sessions/``."""

SESSION: Final = "HEPNB_SESSION"
"""Variable: folder of the remote session that a kernel is."""

SESSION_NOTEBOOK: Final = "X-Hepnb-Notebook"
"""Header: path of the notebook that asks for a remote session, percent-encoded; it comes back to the session it had."""

SERVER_PROFILE: Final = "X-Hepnb-Profile"
"""Header: profile of the notebook server that asks for a remote session; it gets the same, unless it names another."""

SESSION_PROFILE: Final = "spark.hepnb.profile"
"""Spark property: name of the profile that a Spark was started with, and by which a remote session asks for one."""

SESSION_NAME: Final = "spark.hepnb.session"
"""Option of `hepnb.attach`: name of the remote session."""

SESSION_COMM: Final = "hepnb-session"
"""Comm by which a remote session's kernel and the service speak to each other."""

OWNER: Final = "JUPYTERHUB_USER"
"""Variable, the hub's own: whose notebook server it is."""

SERVER_NAME: Final = "JUPYTERHUB_SERVER_NAME"
"""Variable, the hub's own: which of the owner's servers it is; empty for the default one."""

SHARE_ROUTE: Final = "hepnb/share"
"""Where the owner of a notebook server says who may enter: ``<base URL>hepnb/share``."""
