"""hepnb: interactive analysis of collision data with ROOT files, Spark and notebooks."""

__version__ = "0.1.0"

TYPE_CHECKING = False  # what type checkers take for true; `typing` itself is not needed
if TYPE_CHECKING:
    from hepnb.backends.attach import attach

__all__ = ["__version__", "attach"]


def __getattr__(name: str) -> object:
    """`attach`, imported when it is asked for: the package itself stays light."""
    if name != "attach":
        raise AttributeError(f"module 'hepnb' has no attribute '{name}'")
    import importlib

    # Not by a statement, which would let every room that asks for the version stand above the backends.
    return importlib.import_module("hepnb.backends.attach").attach
