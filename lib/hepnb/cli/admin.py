"""``hepnb admin``: what the operator of a platform does with its data."""

from pathlib import Path

import click

from hepnb.cli.admin_project import project
from hepnb.cli.admin_share import share
from hepnb.cli.options import data_option


@click.group()
def admin() -> None:
    """Operate a platform: its data, projects and shared servers."""


admin.add_command(project)
admin.add_command(share)


@admin.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
@click.option("--homes", is_flag=True, help="The users' homes, too.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
def backup(*, file: Path, data: Path | None, homes: bool, overwrite: bool) -> None:
    """Write the platform's data into FILE, a .tar.gz.

    Users, tokens, secrets and profiles are in it, so keep it where nobody else can read it. The platform may be
    running meanwhile.
    """
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.cluster.site import DataFolder
    from hepnb.operations.backup import back_up
    from hepnb.operations.data_folder import default_folder

    folder = DataFolder((data or default_folder()).absolute())
    manifest = back_up(folder, file, homes=homes, overwrite=overwrite)
    for name in manifest.left_out:
        click.echo(f"left out: {name}, which leads out of the homes or is no file", err=True)
    with_homes = "with homes" if homes else "without homes"
    click.echo(f"{len(manifest.files)} files of {folder.path} are in {file}, {with_homes}")


@admin.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
@click.option("--overwrite", is_flag=True, help="Move earlier data aside.")
def restore(*, file: Path, data: Path | None, overwrite: bool) -> None:
    """Put the data in FILE, which 'hepnb admin backup' made, in their place.

    Everything is checked before anything is moved. Earlier data are never deleted, and homes stay unless FILE has
    homes.
    """
    from hepnb.cluster.site import DataFolder  # as above
    from hepnb.operations.data_folder import default_folder
    from hepnb.operations.restore import restore as put_back

    folder = DataFolder((data or default_folder()).absolute())
    restored = put_back(file, folder, overwrite=overwrite)
    click.echo(f"{folder.path} has the data of {restored.manifest.date} again")
    if restored.earlier is not None:
        click.echo(f"the earlier data are in {restored.earlier}")
