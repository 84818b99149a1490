"""Which compressions a ROOT file can be written with; light, so that the command line can list them."""

from collections.abc import Mapping
from typing import Final

COMPRESSIONS: Final[Mapping[str, int | None]] = {"zlib": 1, "lz4": 4, "zstd": 5, "none": None}
"""Codec -> level. CMS writes zlib at level 1; 4 and 5 are ROOT's own choices for LZ4 and ZSTD."""
