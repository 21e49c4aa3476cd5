"""The verbs of ``throughflow``: run, results, ask, brief, simulate, check, draw.

This module imports next to nothing, so that ``--help`` and refused input answer at once; each verb has a module.
Whatever goes wrong on purpose is a :class:`sim.errors.ThroughflowError`: one report on standard error, exit code 2.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from sim.errors import EXIT_INTERRUPTED, EXIT_REFUSED, Problem, ThroughflowError, nearest

VERBS = ("run", "results", "ask", "brief", "simulate", "check", "draw", "completion")

HELP = """\
throughflow simulates how policies change cross-border flows of people, data, materials and funds.

usage: throughflow VERB ...

  run [group=name] [key=value] ...       run a study of the flagship model and draw its figures
  results [FOLDER|STORE]                 list stored results, show one, check it, hand it over
  ask FOLDER [question] ...              ask questions of a stored ensemble: tables, sentences, figures
  brief package=NAME                     write a report on a package from stored answers, HTML and PDF
  simulate MODEL [name=value] ... -o OUT run any Vensim model once, into a .csv or .nc file
  check MODEL                            tell what was read, units, structure, error of the time step
  draw RESULTS [figure] ...              draw figures of stored results
  completion bash                        print what makes Tab complete: eval "$(throughflow completion bash)"

`throughflow VERB --help` tells more. `throughflow --version` tells the version.
Exit codes: 0 done, 2 refused (the report says where, what, why and the cure), 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv``, the process's own if ``None``, and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except ThroughflowError as error:
        print(f"throughflow: refused\n\n{error}", file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt as stop:
        if argv is None:  # the process ends here: pressing again must not break into its last words
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        told = str(stop) or "nothing was half-written, earlier results are intact"
        print(f"\nthroughflow: interrupted; {told}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else EXIT_REFUSED
    first, *rest = arguments
    if first == "--version":
        print(f"throughflow {_version()}")
        return 0
    if first in ("-sc", "--shell-completion"):
        return import_module("sim.cli.completion").hydra_style(rest)
    if first not in VERBS:
        raise ThroughflowError(
            Problem(
                "command line", f"{first!r}", "there is no such verb", nearest(first, VERBS) or f"use one of {', '.join(VERBS)}"
            )
        )
    return import_module(f"sim.cli.{first}").main(rest)


def _version() -> str:
    try:
        return version("throughflow")
    except PackageNotFoundError:
        return "of a checkout"
