"""The command line: parse, call one service, print."""

from certwright.cli.main import main

__all__ = ["main"]
