"""Options that take several values one after the other: ``--qcd a.root b.root --ttbar c.root``."""

import click


class ManyValuesCommand(click.Command):
    """A command whose repeatable options (``multiple=True``) take all that follows, up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each further value, as Click wants it."""
        repeatable = {
            name
            for option in self.params
            if isinstance(option, click.Option) and option.multiple
            for name in option.opts
        }
        spread: list[str] = []
        current, first = None, False
        for given in args:
            if given.startswith("-"):
                current, first = (given if given in repeatable else None), True
            elif current is not None and not first:
                spread.append(current)
            else:
                first = False
            spread.append(given)
        return super().parse_args(ctx, spread)
