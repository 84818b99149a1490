"""The command ``hepnb``: each command parses, calls the library, and prints."""

import logging
import multiprocessing
import sys
from typing import Final

import click

from hepnb import __version__
from hepnb.cli import interrupts
from hepnb.cli.admin import admin
from hepnb.cli.doctor import doctor
from hepnb.cli.evaluate import evaluate
from hepnb.cli.features import features
from hepnb.cli.generate import generate
from hepnb.cli.reduce import reduce
from hepnb.cli.search import search
from hepnb.cli.train import train
from hepnb.cli.up import up
from hepnb.errors import HepnbError, missing_package

INTERRUPTED: Final = 130
"""128 + SIGINT, as shells have it."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="hepnb %(version)s")
def commands() -> None:
    """Analysis of collision data: ROOT files in, spectra and classifiers out."""


commands.add_command(features)
commands.add_command(evaluate)
commands.add_command(generate)
commands.add_command(reduce)
commands.add_command(train)
commands.add_command(search)
commands.add_command(up)
commands.add_command(doctor)
commands.add_command(admin)


def main() -> None:
    """Run one command; every failure is one sentence on stderr and an exit code."""
    interrupts.install()
    _log_to_stderr()
    try:
        code = commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = _interrupted()
    except HepnbError as error:
        code = _interrupted() if interrupts.received() else _failed(error)
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("hepnb"):
            raise
        code = _failed(missing_package(error))
    except Exception:
        if not interrupts.received():
            raise
        code = _interrupted()
    sys.exit(code)


def _interrupted() -> int:
    interrupts.heard()
    for worker in multiprocessing.active_children():  # an interrupt may have cut their end short
        worker.kill()
    click.echo("hepnb: interrupted; nothing was left half-written.", err=True)
    return INTERRUPTED


def _failed(error: HepnbError) -> int:
    click.echo(f"hepnb: {error}", err=True)
    return 1


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("hepnb: %(message)s"))
    # Ours alone: py4j would report every interrupted call to Spark with a traceback.
    handler.addFilter(logging.Filter("hepnb"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
