"""Options that several commands have."""

from pathlib import Path

import click

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the platform's data.  [default: ~/.local/share/hepnb]",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout, everything else on stderr."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace DIR if it holds an earlier result.")
