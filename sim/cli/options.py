"""Options of the verbs: ``argparse`` with refusals told as ours."""

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from sim.errors import Problem, ThroughflowError, nearest


class Parser(argparse.ArgumentParser):
    """An argument parser that raises :class:`ThroughflowError`, and offers near options for unknown ones."""

    def __init__(self, verb: str, *, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=f"throughflow {verb}",
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Refuse the command line for the reason ``message``."""
        known = [option for action in self._actions for option in action.option_strings]
        unknown = re.search(r"(--?[\w-]+)", message) if "unrecognized" in message else None
        near = nearest(unknown[1], known) if unknown else ""
        raise ThroughflowError(
            Problem("command line", message, "the options of a verb are fixed", near or f"`{self.prog} --help` lists them")
        )

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the parsed ``arguments``; options may stand before, between and after other words.

        Raises:
            ThroughflowError: an unknown option, a missing value.
        """
        return self.parse_intermixed_args(list(arguments))
