"""``hepnb doctor``: will the platform run here."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hepnb.cli.options import json_option
from hepnb.cli.terminal import StepProgress, print_json
from hepnb.cluster.environment import environment

if TYPE_CHECKING:
    from hepnb.operations.doctor.findings import Finding

_MARKS: Final = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "red")}


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the platform's data.  [default: ~/.local/share/hepnb]",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, metavar="P", help="Port to listen on."
)
@json_option
@click.pass_context
def doctor(context: click.Context, *, data: Path | None, host: str, port: int, as_json: bool) -> None:
    """Look whether the platform will run here, and say what to do where it will not.

    The exit code is 1 where something fails, and 0 where there are only warnings (!). Nothing is changed.
    """
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.cluster.site import DataFolder
    from hepnb.operations.data_folder import default_folder
    from hepnb.operations.doctor.examination import examine

    folder = DataFolder((data or default_folder()).absolute())
    with StepProgress() as progress:
        progress.step("Looking at this machine")
        findings = list(examine(folder, host=host, port=port, environment=environment()))
    healthy = all(finding.state != "failure" for finding in findings)
    if as_json:
        print_json({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
    context.exit(0 if healthy else 1)


def _print(findings: "list[Finding]") -> None:
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        mark, colour = _MARKS[finding.state]
        # Whatever was found is text, and no markup of rich.
        table.add_row(Text(mark, style=colour), Text(finding.name), Text(finding.found, overflow="fold"))
        if finding.fix:
            table.add_row("", "", Text(f"→ {finding.fix}", style="bold", overflow="fold"))
    Console().print(table)
