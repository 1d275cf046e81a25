"""Writes docs/cli.md from what the commands say of themselves: python -m tests.house.cli_page."""

from collections.abc import Iterator

import click

from certwright.cli import main
from tests.house.project import ROOT

PAGE = ROOT / "docs" / "cli.md"
WIDTH = 100
HEAD = """# The command line

What `--help` prints, written to this page by `python -m tests.house.cli_page`. Settings come from the environment and from
`certwright.toml` for every command alike, see [configuration](configuration.md). Exit status: 0 done, 1 refused (one line
says why), 2 wrong usage or a wrong setting, 130 interrupted. With `--json` a command prints one JSON document, and `order watch`
one a line.
"""


def render() -> str:
    """Return the page as it should be."""
    return HEAD + "".join(
        _sections(
            main, click.Context(main, info_name="certwright", terminal_width=WIDTH, **main.context_settings)
        )
    )


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.commands[name]
            if not inner.hidden:
                yield from _sections(
                    inner, click.Context(inner, info_name=name, parent=context, terminal_width=WIDTH)
                )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
