"""Groups of commands: each proposes what an unknown word may mean, and lists by default."""

import click

from click.exceptions import NoSuchCommand
from typing_extensions import override


_WHOLE = 1000  # characters, more than any has


class ProposingGroup(click.Group):
    """
    Says which commands are close to one that does not exist, also if they are not loaded yet.

    Its help has the whole first sentence of each command's; click would cut it at the window's edge.
    """

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from None


class ListingGroup(ProposingGroup):
    """`aldea keys` is `aldea keys list`, with its options."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        lists = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        if lists and not ctx.resilient_parsing:  # a shell that completes asks for the commands
            args = ["list", *args]
        return super().parse_args(ctx, args)
