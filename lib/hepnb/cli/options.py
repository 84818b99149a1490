"""Options that several commands have."""

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout, everything else on stderr."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace DIR if it holds an earlier result.")
