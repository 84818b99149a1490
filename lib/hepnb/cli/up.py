"""``hepnb up``: the platform on this machine."""

import getpass
from pathlib import Path

import click
from rich.console import Console

from hepnb import __version__
from hepnb.cli import interrupts
from hepnb.cluster import proxy_program
from hepnb.cluster.profiles import load_profiles
from hepnb.cluster.site import DataFolder, Settings, is_loopback
from hepnb.errors import JavaError
from hepnb.operations import database
from hepnb.operations.data_folder import default_folder, locked, open_folder, password_of, with_room
from hepnb.spark.class_archive import find, make_in_background


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, metavar="P", help="Its port.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where homes, the hub's database and secrets live.  [default: ~/.local/share/hepnb]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="JupyterHub configuration of the site, such as its authenticator.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its first line is the password for everybody.  [default: a random one, kept in DIR]",
)
def up(*, host: str, port: int, data: Path | None, config: Path | None, password_file: Path | None) -> None:
    """Start the platform on this machine: notebooks with Spark, in the browser.

    It stays in the foreground; Ctrl-C stops it with every notebook. What is in DIR survives, and so do notebooks when
    the hub alone is killed: it is started again.

    On a loopback address any name gets in with one password, which is printed. On any other address an authenticator
    is needed: deploy/examples has files for --config.
    """
    from hepnb.operations.site_config import door_of  # needs traitlets, which the core does not have
    from hepnb.operations.supervisor import Platform, settings_for  # needs psutil

    door = door_of(config, host=host)
    load_profiles()
    folder = open_folder(data or default_folder())
    if folder.profiles.exists():
        load_profiles(folder.profiles)
    console = Console(stderr=True)
    if not proxy_program.is_installed():
        with console.status("Installing the hub's proxy, once …"):
            proxy_program.install()
    with locked(folder, address=f"http://{host}:{port}"), with_room(folder):
        password = password_of(folder, password_file)
        database.check(folder)
        database.keep_copy(folder)
        settings = settings_for(folder, host=host, port=port, config=config)
        platform = Platform(folder, settings)
        try:
            with console.status("Starting the hub …"):
                platform.start()
            _greet(settings, folder, password=None if door.authenticator else password, shared=door.spawner is None)
            platform.run()
        except KeyboardInterrupt:
            interrupts.heard()
        finally:
            with console.status("Stopping every notebook …"):
                platform.stop()
    click.echo("Stopped.")


def _greet(settings: Settings, folder: DataFolder, *, password: str | None, shared: bool) -> None:
    lines = [f"hepnb {__version__} is running.", "", f"  address   {settings.address}"]
    if password is None:
        lines.append(f"  login     as {settings.config} says")
    else:
        lines += ["  name      any: it is that of your folder", f"  password  {password}"]
    lines += [f"  data      {folder.path}", ""]
    if shared:
        lines.append(
            f"All users share the account '{getpass.getuser()}' of this machine: whoever logs in can read and change "
            "what it can, the folders of the others as well."
        )
    if not is_loopback(settings.host):
        lines.append("The connection is not encrypted: put a web server with a certificate before it.")
    try:
        if find() is None:
            # The first user logs in meanwhile.
            make_in_background()
    except JavaError as error:
        lines.append(f"Notebooks will work without Spark: {error}")
    click.echo("\n".join([*lines, "Ctrl-C stops it, with every notebook."]))
