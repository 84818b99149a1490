"""hepnb: interactive analysis of collision data with ROOT files, Spark and notebooks."""

__version__ = "0.1.0"
