"""Run JupyterHub within bounds: ``python -m hepnb_hub`` takes the arguments of ``jupyterhub``."""

from hepnb_hub.bounded_hub import BoundedHub

if __name__ == "__main__":
    BoundedHub.launch_instance()
