"""JupyterHub on one machine. It only assigns; what, is in `hepnb_hub.one_machine` and `hepnb_hub.services`."""

from hepnb_hub import one_machine, services

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
folder, settings = one_machine.started_with()
c.merge(one_machine.configuration(folder, settings))
c.JupyterHub.services = []
if settings.config is not None:
    load_subconfig(settings.config)  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
ours = services.services(folder, settings, c.Hepnb, spawner=c.JupyterHub.spawner_class)
c.JupyterHub.services = [*c.JupyterHub.services, *ours]
