"""Where does the hub on Kubernetes find what it needs?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hepnb.cluster.environment import environment
from hepnb.cluster.kubernetes import CONFIGURATION, SECRETS, SITE_ENVIRONMENT, STATE
from hepnb.errors import InputError, MissingInputError

CONFIGURATION_FOLDER: Final = "HEPNB_CONFIGURATION"
"""Variable: folder of the configuration, where it is not that of the hub's pod."""

SECRETS_FOLDER: Final = "HEPNB_SECRETS"
"""Variable: folder of the secrets, likewise."""

ENVIRONMENT_FOLDER: Final = "HEPNB_ENVIRONMENT"
"""Variable: folder of the secret variables of notebooks and executors, likewise."""

STATE_FOLDER: Final = "HEPNB_STATE"
"""Variable: folder of what the hub writes, likewise."""


@dataclass(frozen=True, kw_only=True)
class HubPod:
    """What is mounted where the hub runs.

    Attributes:
        configuration: folder of what the site says; nobody writes into it.
        secrets: folder of its secrets, each in a file of its own.
        state: folder of what the hub writes.
        environment: folder of the secret variables of notebooks and executors; absent where the site has none.
    """

    configuration: Path
    secrets: Path
    state: Path
    environment: Path = Path(SITE_ENVIRONMENT)

    @property
    def deployment(self) -> Path:
        """What the chart says of the site."""
        return self.configuration / "deployment.json"

    @property
    def profiles(self) -> Path:
        """The sizes a user can pick."""
        return self.configuration / "profiles.toml"

    @property
    def site_config(self) -> Path:
        """The site's own configuration of JupyterHub, where it has one."""
        return self.configuration / "config.py"

    @property
    def operator_token(self) -> Path:
        """Lets the operator's commands speak to the hub."""
        return self.secrets / "operator-token"

    @property
    def database(self) -> str:
        """URL of the hub's database: what the secret ``database`` says, or a file of the hub's own."""
        if (self.secrets / "database").exists():
            return self.secret("database")
        return f"sqlite:///{self.state.absolute()}/jupyterhub.sqlite"

    def secret(self, name: str) -> str:
        """What the secret of that name holds.

        Raises:
            MissingInputError: it cannot be read.
            InputError: it is empty.
        """
        path = self.secrets / name
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise MissingInputError(
                f"The secret {path} cannot be read: {getattr(error, 'strerror', None) or error}. Put the key '{name}' "
                "into the Secret that is mounted there."
            ) from error
        if not text:
            raise InputError(f"The secret {path} is empty; give the key '{name}' a value.")
        return text


def this_pod() -> HubPod:
    """What is mounted where this process runs."""
    variables = environment()
    return HubPod(
        configuration=Path(variables.get(CONFIGURATION_FOLDER) or CONFIGURATION),
        secrets=Path(variables.get(SECRETS_FOLDER) or SECRETS),
        state=Path(variables.get(STATE_FOLDER) or STATE),
        environment=Path(variables.get(ENVIRONMENT_FOLDER) or SITE_ENVIRONMENT),
    )
