"""``hepnb admin project``: servers that several people have together."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepnb.cli.options import data_option, json_option

if TYPE_CHECKING:
    from hepnb.operations.hub_api import HubApi
    from hepnb.operations.people import Person


@click.group()
def project() -> None:
    """Projects: a server, a home and a profile that several people have together.

    The platform must be running; it is not restarted.
    """


@project.command()
@click.argument("name")
@click.option("--members", default="", metavar="A,B,…", help="Names of those who are in it, with commas between them.")
@click.option(
    "--profile", metavar="P", help="Size of its server, for ever.  [default: the profile that users are offered first]"
)
@click.option("--keep-files", is_flag=True, help="Give it the files that an earlier project of that name left.")
@data_option
def create(*, name: str, members: str, profile: str | None, keep_files: bool, data: Path | None) -> None:
    """Make the project NAME.

    Its members see it on their home page, where they open, start and stop it. Every member runs code as the project,
    and can read and change its files.
    """
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.cluster.trust import PROJECT_SERVER
    from hepnb.operations import projects

    hub = _hub(data)
    named = [one.strip() for one in members.split(",") if one.strip()]
    people = projects.create(hub, name, named, profile=profile, keep_files=keep_files)
    inside = ", ".join(person.name for person in people) or "nobody"
    click.echo(f"The project {name} is on the home page of its members: {inside}.")
    _welcome(people)
    click.echo(PROJECT_SERVER)


@project.command("list")
@json_option
@data_option
def list_projects(*, as_json: bool, data: Path | None) -> None:
    """List the projects, and who is in them."""
    from dataclasses import asdict  # as above

    from hepnb.cli.terminal import print_json, print_table
    from hepnb.operations import projects

    found = projects.projects(_hub(data))
    if as_json:
        print_json({"projects": [asdict(one) for one in found]})
        return
    if not found:
        click.echo("There is no project; make one with: hepnb admin project create NAME --members A,B")
        return
    rows = [
        (one.name, one.profile, ", ".join(one.members) or "-", "running" if one.running else "stopped") for one in found
    ]
    print_table(("project", "profile", "members", "server"), rows, title="Projects")


@project.command()
@click.argument("name")
@click.argument("members", nargs=-1, required=True, metavar="MEMBER…")
@data_option
def add(*, name: str, members: tuple[str, ...], data: Path | None) -> None:
    """Let people into the project NAME, at once."""
    from hepnb.operations import projects  # as above

    people = projects.add(_hub(data), name, members)
    click.echo(f"In the project {name} now: {', '.join(person.name for person in people)}.")
    _welcome(people)


@project.command()
@click.argument("name")
@click.argument("members", nargs=-1, required=True, metavar="MEMBER…")
@data_option
def remove(*, name: str, members: tuple[str, ...], data: Path | None) -> None:
    """Let people out of the project NAME, at once.

    What they have open is closed. The project goes on for the others.
    """
    from hepnb.cluster.trust import LEFT_BEHIND  # as above
    from hepnb.operations import projects

    out = projects.remove(_hub(data), name, members)
    click.echo(f"No longer in the project {name}: {', '.join(out)}.")
    click.echo(LEFT_BEHIND)


@project.command()
@click.argument("name")
@click.option("--keep-files", is_flag=True, help="Leave its home where it is.")
@data_option
def delete(*, name: str, keep_files: bool, data: Path | None) -> None:
    """End the project NAME: its server stops, and its files are removed."""
    from hepnb.operations import projects  # as above

    home = projects.delete(_hub(data), name, keep_files=keep_files)
    files = "its files are gone, too" if home is None else f"its files are in {home}"
    click.echo(f"There is no project {name} any more; {files}.")


def _hub(data: Path | None) -> "HubApi":
    from hepnb.operations.hub_api import hub_of  # as above

    return hub_of(data)


def _welcome(people: Iterable["Person"]) -> None:
    for person in people:
        if person.new:
            click.echo(f"{person.name} has never logged in here; whoever logs in under that name is a member.")
