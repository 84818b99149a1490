"""Does a cell need Spark, and what happens before it runs?"""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

from IPython.core.error import InputRejected

NAMES: Final = ("spark", "sc")
"""What stands for Spark in the cells of a Spark kernel."""

_OPENERS: Final = ("attach", "get_session")
_MAGICS: Final = ("run_cell_magic", "run_line_magic")
_WORDS: Final = re.compile(r"\b(spark|sc)\b")


class Refused(InputRejected):
    """A cell that does not run, with the sentence that says why in the place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class BeforeCells(ast.NodeTransformer):
    """Looks at each cell before it runs, and changes nothing in it."""

    def __init__(self, *, needed: Callable[[set[str]], None], opened: Callable[[], None]) -> None:
        """Know what to do.

        Args:
            needed: called with those of `NAMES` that a cell uses, before it runs; it may raise `Refused`.
            opened: called before a cell that asks for a Spark itself.
        """
        self._needed = needed
        self._opened = opened

    def visit(self, node: ast.AST) -> ast.AST:
        """IPython calls it with the whole cell."""
        if names := needs(node):
            self._needed(names)
        elif opens(node):
            self._opened()
        return node


def needs(cell: ast.AST) -> set[str]:
    """Those of `NAMES` that it uses before it gives them to something of its own."""
    own: set[str] = set()
    used: set[str] = set()
    for node in _in_order(cell):
        if isinstance(node, ast.Name) and node.id in NAMES:
            (used if isinstance(node.ctx, ast.Load) and node.id not in own else own).add(node.id)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _MAGICS:
            words = [value for one in node.args if isinstance(value := getattr(one, "value", None), str)]
            used |= set(_WORDS.findall(" ".join(words)))
    return used


def opens(cell: ast.AST) -> bool:
    """Whether it names a function that gives a Spark."""
    return any(
        getattr(node, "attr", None) in _OPENERS or getattr(node, "id", None) in _OPENERS for node in ast.walk(cell)
    )


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes as they are evaluated: the value of an assignment before its targets."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        children.remove(node.value)
        children.insert(0, node.value)
    yield node
    for child in children:
        yield from _in_order(child)
