"""JupyterHub for hepnb: pure builders, and a configuration that only assigns."""
