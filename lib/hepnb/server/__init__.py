"""What does a user's notebook server do that a plain one does not?"""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter finds what to load; it looks for this name."""
    return [{"module": "hepnb.server.extension"}]
