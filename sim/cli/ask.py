"""``throughflow ask``: questions about a stored ensemble, answered without running anything."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.cli.folder import STORE, check_writable
from sim.cli.options import Parser
from sim.errors import Problem, ThroughflowError, raise_if

EPILOG = """\
examples:
  throughflow ask results/packages
  throughflow ask results/packages attribution attribution.years=[2035,2040]
  throughflow ask results/packages packages 'packages.outcomes=[co papers, Talent total]' --folder mine"""


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser("ask", description="Ask questions of a stored ensemble: tables, sentences, figures.", epilog=EPILOG)
    made.add_argument("store", type=Path, metavar="FOLDER", help="a folder that `throughflow run ... ensemble=...` wrote")
    made.add_argument(
        "asked", nargs="*", metavar="question|question.setting=value", help="what to ask (default: as the run did)"
    )
    made.add_argument("--folder", type=Path, metavar="F", help="where answers go (default: beside the ensemble)")
    made.add_argument("--language", choices=("en", "zh"), default="en", help="of the sentences printed here")
    made.add_argument("--no-figures", action="store_true", help="tables and sentences only")
    made.add_argument("--list", action="store_true", help="list the questions and their settings and stop")
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: no ensemble there, unknown questions or settings, what cannot be asked of it.
    """
    if "--list" in arguments:
        return _list()
    options = parser().read(arguments)
    from sim.cli.answers import answered, draw, told
    from sim.results.store import open_store

    folder = options.folder or options.store
    check_writable(folder, "--folder")
    dataset = open_store(options.store / STORE if (options.store / STORE).exists() else options.store)
    questions = _read(options.asked) or _earlier(options.store)
    made = answered(dataset, questions, folder)
    print(told(made, options.language))
    drawn = 0 if options.no_figures else draw(made, folder / "figures", None)
    print(f"answers  {folder} (results.nc, tables, answers.en.md, answers.zh.md{', figures' if drawn else ''})")
    return 0


def _list() -> int:
    from sim.analysis.advice.questions import questions

    for name, question in questions().items():
        print(f"{name}: {(question.answer.__doc__ or '').strip().splitlines()[0]}")
        for setting, usual in question.settings.items():
            print(f"  {name}.{setting}={_shown(usual)}")
    return 0


def _shown(usual: Any) -> str:
    """Return the usual value of a setting as it would be given; nothing set means what the first line of the question says."""
    if usual is None:
        return "null   (usual: chosen from the store)"
    plain = [list(each) if isinstance(each, tuple) else each for each in usual] if isinstance(usual, tuple) else usual
    return json.dumps(plain, ensure_ascii=False)


def _read(words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the questions that ``words`` ask, with their settings, as plain data."""
    import yaml

    asked: dict[str, dict[str, Any]] = {}
    problems = []
    for word in words:
        key, sign, text = word.partition("=")
        name, _, setting = key.partition(".")
        if bool(sign) != bool(setting):
            cure = "name a question, or give question.setting=value"
            problems.append(Problem("command line", repr(word), "neither a question nor one of its settings", cure))
            continue
        asked.setdefault(name, {})
        try:
            asked[name] |= {setting: yaml.safe_load(text)} if sign else {}
        except yaml.YAMLError as error:
            problems.append(Problem("command line", repr(word), str(error).splitlines()[0], "write the value as in YAML"))
    raise_if(problems)
    return asked


def _earlier(store: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the questions of the run that made the ensemble in ``store``."""
    import yaml

    path = store / "config.yaml"
    try:
        asked = yaml.safe_load(path.read_text(encoding="utf-8"))["study"]["questions"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        asked = None
    if not asked:
        cure = "`throughflow ask --list` lists them"
        raise ThroughflowError(Problem("command line", "no question", "the run that made this ensemble asked none", cure))
    names = asked if isinstance(asked, Mapping) else dict.fromkeys(asked)
    return {str(name): dict(settings or {}) for name, settings in names.items()}
