"""JupyterHub on one machine. It assigns; what, is in the other modules."""

from hepnb_hub import one_machine, services, site_hooks

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
folder, settings = one_machine.started_with()
c.merge(one_machine.configuration(folder, settings))
site_hooks.before(c)
if settings.config is not None:
    load_subconfig(settings.config)  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
ours = services.services(folder, settings, c.Hepnb, spawner=c.JupyterHub.spawner_class)
site_hooks.after(c, ours, sessions=True, login_hint=one_machine.LOGIN_HINT)
