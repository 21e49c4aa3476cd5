"""Tab completion for bash: verbs and options here, overrides behind ``run`` by Hydra's own query."""

import os
from collections.abc import Sequence
from pathlib import Path

from sim.cli.options import Parser
from sim.errors import Problem, ThroughflowError

SCRIPT = r"""_throughflow_complete() {
    local word="${COMP_LINE:0:$COMP_POINT}"
    word="${word##* }"
    local choices
    choices=$(COMP_LINE="${COMP_LINE:0:$COMP_POINT}" "${COMP_WORDS[0]}" -sc query=bash 2>/dev/null)
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=./] ]]; then compopt -o nospace; fi
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//=}
complete -o default -F _throughflow_complete throughflow
"""
"""The shell function; ``=`` no longer breaks words, as Hydra's own completion does it."""


def main(arguments: Sequence[str]) -> int:
    """Print the completion script of the shell named in ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: a shell other than bash.
    """
    made = Parser("completion", description='Print what makes Tab complete: eval "$(throughflow completion bash)"')
    made.add_argument("shell", choices=("bash",))
    made.read(arguments)
    print(SCRIPT, end="")
    return 0


def hydra_style(arguments: Sequence[str]) -> int:
    """Answer Hydra's ``-sc install=bash``, ``uninstall=bash`` and ``query=bash`` (which reads ``COMP_LINE``)."""
    asked = arguments[0] if arguments else ""
    if asked == "install=bash":
        print(SCRIPT, end="")
    elif asked == "uninstall=bash":
        print("complete -r throughflow; unset -f _throughflow_complete")
    elif asked == "query=bash":
        print(" ".join(choices(os.environ.get("COMP_LINE", ""))))
    else:
        raise ThroughflowError(
            Problem(
                "command line",
                f"-sc {asked}",
                "completion is there for bash",
                "give -sc install=bash, uninstall=bash or query=bash",
            )
        )
    return 0


def choices(line: str) -> tuple[str, ...]:
    """Return what the last word of the command line ``line`` may be completed to; the line's end is the cursor."""
    from sim.cli import VERBS

    words = line.split()[1:]
    if not line or line[-1].isspace() or not words:
        words.append("")
    *before, word = words
    if not before:
        return tuple(verb for verb in (*VERBS, "--help", "--version") if verb.startswith(word))
    if before[0] == "completion":
        return ("bash",) if "bash".startswith(word) else ()
    if before[0] not in ("run", "simulate", "check", "draw"):
        return ()
    if word.startswith("-"):
        return _options(before[0], word)
    if before[0] == "draw" and len(before) > 1:
        return _figures(word)
    return _overrides(before[1:], word) if before[0] == "run" else ()


def _options(verb: str, word: str) -> tuple[str, ...]:
    from importlib import import_module

    actions = import_module(f"sim.cli.{verb}").parser()._actions
    return tuple(option for action in actions for option in action.option_strings if option.startswith(word))


def _figures(word: str) -> tuple[str, ...]:
    from sim.show import gallery

    return tuple(name for name in gallery.names() if name.startswith(word))


def _overrides(before: Sequence[str], word: str) -> tuple[str, ...]:
    from sim.config import completion

    if before and before[-1] in ("--config-dir", "-cd", "--package", "-p", "--workers"):
        return ()
    folders = [Path(value) for flag, value in zip(before, before[1:], strict=False) if flag in ("--config-dir", "-cd")]
    kept = [text for text in before if "=" in text]
    return completion.overrides([*kept, word], folders)
