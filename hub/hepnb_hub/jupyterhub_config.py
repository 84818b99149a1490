"""JupyterHub on one machine. It assigns, and shuts a door; what, is in the other modules."""

from hepnb_hub import one_machine, projects, rights, services, sharing

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
folder, settings = one_machine.started_with()
c.merge(one_machine.configuration(folder, settings))
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
c.JupyterHub.extra_user_scopes = []
c.JupyterHub.template_paths = []
c.JupyterHub.template_vars = {}
if settings.config is not None:
    load_subconfig(settings.config)  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here
ours = services.services(folder, settings, c.Hepnb, spawner=c.JupyterHub.spawner_class)
c.JupyterHub.services = [*c.JupyterHub.services, *ours]
c.JupyterHub.load_roles = rights.roles(c.JupyterHub.load_roles)
c.JupyterHub.extra_user_scopes = rights.user_scopes(c.JupyterHub.extra_user_scopes)
c.JupyterHub.template_paths = [*c.JupyterHub.template_paths, one_machine.TEMPLATES]
c.JupyterHub.template_vars = c.JupyterHub.template_vars | one_machine.PAGES
# Around whatever the site has chosen.
c.JupyterHub.authenticator_class = projects.closed_to_projects(c.JupyterHub.authenticator_class)
projects.take_no_cookie_of_a_project()
c.JupyterHub.spawner_class = sharing.without_keys(c.JupyterHub.spawner_class)
