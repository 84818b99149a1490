"""JupyterHub on one machine. It only assigns; what, is in `hepnb_hub.one_machine`."""

from hepnb_hub import one_machine

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
folder, settings = one_machine.started_with()
c.merge(one_machine.configuration(folder, settings))
c.Hepnb.idle_timeout = one_machine.IDLE_TIMEOUT
c.JupyterHub.services = []
if settings.config is not None:
    load_subconfig(settings.config)  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
c.JupyterHub.services = [*c.JupyterHub.services, one_machine.culler(folder, idle_timeout=c.Hepnb.idle_timeout)]
