"""How does a server tell its pages that a kernel died?"""

from typing import Any, Final

DEATH_EVENT: Final = "https://hepnb.invalid/kernel_death"
"""Name of the event by which a server tells its pages of a death that no running cell can show."""

DEATH_SCHEMA: Final[dict[str, Any]] = {
    "$id": DEATH_EVENT,
    "version": "1",
    "title": "A kernel died",
    "description": "A kernel ended that nobody had asked to end, and no cell was running.",
    "personal-data": True,
    "type": "object",
    "required": ["kernel_id", "sentence"],
    "properties": {
        "kernel_id": {"title": "Kernel", "description": "Its id.", "type": "string"},
        "sentence": {"title": "Sentence", "description": "Why, and what to do.", "type": "string"},
    },
}
"""What the event carries, as Jupyter wants to know it."""
