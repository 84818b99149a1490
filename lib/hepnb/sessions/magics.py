"""What do the magics of the protocol show?"""

import datetime as dt
import decimal
import io
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from hepnb.errors import InputError, MissingNameError, SessionError, WrongTypeError, nearest
from hepnb.sessions.recording import TABLE

_ROWS: Final = 1_000  # as many as Livy gives of a query
_TYPES: Final = (
    (bool, "BOOLEAN_TYPE"),
    (int, "INT_TYPE"),
    (float, "DOUBLE_TYPE"),
    (str, "STRING_TYPE"),
    (dt.datetime, "TIMESTAMP_TYPE"),
    (dt.date, "DATE_TYPE"),
    (decimal.Decimal, "DECIMAL_TYPE"),
    (dict, "MAP_TYPE"),
    ((list, tuple), "ARRAY_TYPE"),
)


class SessionMagics:
    """``%json``, ``%table``, ``%matplot`` and ``%%sql``, as Livy's sessions have them."""

    def __init__(self, shell: InteractiveShell) -> None:
        """Give them to a shell."""
        self._shell = shell
        for name, show in {"json": self.show_json, "table": self.show_table, "matplot": self.show_matplot}.items():
            shell.magics_manager.register_function(show, "line", name)
        shell.magics_manager.register_function(self.run_sql, "cell", "sql")
        # By name: most sessions draw nothing, and need not wait for matplotlib.
        pictures: Any = shell.display_formatter
        pictures.formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", _png)
        shell.show_usage_error = self.show_usage_error  # type: ignore[method-assign]  # IPython only prints it

    def show_json(self, line: str) -> None:
        """Show the value of a name as JSON."""
        value = self._named(line, "%json")
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise WrongTypeError(f"%json: JSON cannot hold '{line.strip()}': {error}.") from None
        display({"application/json": value}, raw=True)

    def show_table(self, line: str) -> None:
        """Show rows as a table: a list of lists, of dictionaries, or of Spark's rows."""
        display({TABLE: table(self._named(line, "%table"))}, raw=True)

    def show_matplot(self, line: str) -> None:
        """Show the current figure of a name that stands for ``matplotlib.pyplot``."""
        plotted = self._named(line, "%matplot")
        if not hasattr(plotted, "gcf"):
            raise WrongTypeError(f"%matplot: '{line.strip()}' is no matplotlib.pyplot, but {type(plotted).__name__}.")
        figure = plotted.gcf()
        image = _png(figure)
        plotted.close(figure)
        display({"image/png": b64encode(image).decode()}, raw=True)

    def run_sql(self, _line: str, cell: str) -> None:
        """Show the first rows of a query, with their schema."""
        from hepnb.backends import attach as door  # a session without Spark has the other magics

        if (found := door.running()) is None:
            raise SessionError("%%sql needs Spark, which does not run in this session.")
        frame = found[1].sql(cell)
        rows = [[json.loads(json.dumps(value, default=str)) for value in row] for row in frame.take(_ROWS)]
        display({"application/json": {"schema": json.loads(frame.schema.json()), "data": rows}}, raw=True)

    def show_usage_error(self, error: UsageError) -> None:
        """Let a statement fail that uses a magic wrongly, or one that is not there."""
        self._shell._showtraceback(UsageError, error, [f"UsageError: {error}"])  # noqa: SLF001 - the public way prints

    def _named(self, line: str, magic: str) -> Any:
        name = line.strip()
        if not name.isidentifier():
            raise InputError(f"{magic} takes the name of a variable, not '{name}'.")
        names: dict[str, Any] = self._shell.user_ns
        if name not in names:
            own = [one for one in names if not one.startswith("_") and one not in self._shell.user_ns_hidden]
            raise MissingNameError(f"{magic}: there is no variable '{name}'; {nearest(name, own)}.")
        return names[name]


def table(rows: Any) -> dict[str, Any]:
    """A table in the protocol's form.

    Args:
        rows: a list of sequences, of mappings, or of Spark's rows; all with the same columns.

    Returns:
        ``{"headers": [{"name": …, "type": …}, …], "data": [[…], …]}``

    Raises:
        WrongTypeError: they are something else, or a column holds values of several types.
    """
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise WrongTypeError(f"%table takes a list of rows, not {type(rows).__name__}.")
    names, data = _columns(rows)
    if any(len(values) != len(names) for values in data):
        raise WrongTypeError(f"%table: all rows must have the {len(names)} values of the first.")
    headers = [{"name": name, "type": _type([values[at] for values in data], name)} for at, name in enumerate(names)]
    return {"headers": headers, "data": data}


def _png(figure: Any) -> bytes:
    image = io.BytesIO()
    figure.savefig(image, format="png", bbox_inches="tight")
    return image.getvalue()


def _columns(rows: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    first = rows[0].asDict() if rows and hasattr(rows[0], "asDict") else (rows[0] if rows else [])
    if isinstance(first, Mapping):
        fields = [row.asDict() if hasattr(row, "asDict") else row for row in rows]
        return [str(name) for name in first], [[row.get(name) for name in first] for row in fields]
    if not isinstance(first, list | tuple):
        return ["0"], [[value] for value in rows]
    return [str(at) for at in range(len(first))], [list(row) for row in rows]


def _type(values: Sequence[Any], name: str) -> str:
    found = {_type_of(value) for value in values if value is not None}
    if len(found) > 1:
        raise WrongTypeError(f"%table: column '{name}' holds values of several types ({', '.join(sorted(found))}).")
    return found.pop() if found else "NULL_TYPE"


def _type_of(value: Any) -> str:
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    raise WrongTypeError(f"%table: a table cannot hold values such as {type(value).__name__}.")
