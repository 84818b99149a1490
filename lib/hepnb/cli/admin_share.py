"""``hepnb admin share``: who may open somebody's own server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepnb.cli.options import data_option, json_option

if TYPE_CHECKING:
    from hepnb.operations.hub_api import HubApi


@click.group()
def share() -> None:
    """Servers that their owners share, as they do it in JupyterLab.

    The platform must be running.
    """


@share.command()
@click.argument("owner")
@click.option("--with", "person", metavar="USER", help="Let this person in.  [default: make a link]")
@click.option(
    "--expires", default="1d", show_default=True, metavar="TIME", help="How long the link is good for: 30m, 12h, 2w."
)
@data_option
def create(*, owner: str, person: str | None, expires: str, data: Path | None) -> None:
    """Let USER into the server of OWNER, or make a link that lets in whoever is logged in and opens it.

    The server must have been started with 'Work together'. Whoever is let in runs code as OWNER, and can read and
    change OWNER's files.
    """
    # Imported here, as everything that runs, so that --help answers at once.
    from hepnb.operations import shares

    if person is None:
        click.echo(shares.link(_hub(data), owner, expires_in=shares.seconds(expires)))
        return
    guest = shares.share_with(_hub(data), owner, person)
    click.echo(f"{guest.name} may open {owner}'s server, runs code as {owner} there and can change {owner}'s files.")
    if guest.new:
        click.echo(f"{guest.name} has never logged in here; whoever logs in under that name is let in.")


@share.command("list")
@click.argument("owner", required=False)
@json_option
@data_option
def list_shares(*, owner: str | None, as_json: bool, data: Path | None) -> None:
    """List who may open whose server, and the links that are open; of OWNER, or of everybody."""
    from dataclasses import asdict  # as above

    from hepnb.cli.terminal import print_json, print_table
    from hepnb.operations import shares

    found = shares.shares(_hub(data), owner)
    if as_json:
        print_json({"shares": [asdict(one) for one in found]})
        return
    if not found:
        click.echo("Nobody shares a server." if owner is None else f"{owner} shares no server.")
        return
    rows = [
        (
            one.owner,
            one.person or f"link {one.code}",
            f"until {one.expires}, used {one.used} times" if one.code else "-",
        )
        for one in found
    ]
    print_table(("server of", "open to", "link"), rows, title="Shared servers")


@share.command()
@click.argument("owner")
@click.option("--with", "person", metavar="USER", help="Let this person out, and end all links.")
@click.option("--code", metavar="ID", help="End this link, as 'list' calls it.")
@click.option("--codes", is_flag=True, help="End all links.")
@click.option("--all", "everything", is_flag=True, help="Let everybody out, and end all links.")
@data_option
def revoke(
    *, owner: str, person: str | None, code: str | None, codes: bool, everything: bool, data: Path | None
) -> None:
    """Let somebody out of the server of OWNER, at once; what is open is closed, and the server goes on.

    A link that ends does not let out those who have used it.
    """
    from hepnb.cluster.trust import LEFT_BEHIND  # as above
    from hepnb.operations import shares

    if sum((person is not None, code is not None, codes, everything)) != 1:
        raise click.UsageError("Say what to revoke: one of --with USER, --code ID, --codes and --all.")
    hub = _hub(data)
    if person is not None:
        out = shares.revoke_person(hub, owner, person)
        click.echo(f"{out} may no longer open {owner}'s server, and all its links have ended.\n{LEFT_BEHIND}")
    elif code is not None:
        shares.revoke_link(hub, owner, code)
        click.echo(f"The link {code} is good no longer; who has used it is still let in.")
    elif codes:
        ended = shares.revoke_links(hub, owner)
        click.echo(f"{ended} links of {owner}'s server are good no longer; who has used them is still let in.")
    else:
        people = [one for one in shares.revoke_all(hub, owner) if one.person is not None]
        click.echo(f"Nobody but {owner} may open that server; {len(people)} others could.\n{LEFT_BEHIND}")


def _hub(data: Path | None) -> "HubApi":
    from hepnb.operations.hub_api import hub_of  # as above

    return hub_of(data)
