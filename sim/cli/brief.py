"""``throughflow brief``: a report on one package from stored answers, without running anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.cli.folder import check_writable
from sim.errors import Problem, ThroughflowError, nearest, raise_if

LANGUAGES = ("en", "zh")

KEYS = ("package", "language", "from", "output")

HELP = """\
usage: throughflow brief package=NAME [language=en|zh] [from=FOLDER ...] [output=FOLDER]

Write a report on one package from stored answers: question, answer, figures, assumptions, what would change it, sources.

  package=NAME    a recommendation (R3), a combination (R1.R3 or R1+R3), or all
  language=en|zh  one language only (default: both)
  from=FOLDER     answers of your own that go before the shipped ones; may be given several times
  output=FOLDER   where brief-NAME.LANGUAGE.html and .pdf go (default: the working folder)

examples:
  throughflow brief package=R3
  throughflow brief package=all language=zh from=results/packages output=briefs
"""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    package: str
    languages: tuple[str, ...]
    folders: tuple[Path, ...]
    output: Path


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: unknown words, no such package in the answers, answers that do not go together, no access.
    """
    if not arguments or "--help" in arguments or "-h" in arguments:
        print(HELP, end="")
        return 0
    asked = read(arguments)
    check_writable(asked.output, "output")
    from sim.show.brief.answers import find
    from sim.show.brief.answers import read as answers
    from sim.show.brief.compose import compose, write

    found = answers(asked.folders)
    for path, apart in found.left:
        print(f"left out {path}: {apart}")
    package = find(found, asked.package)
    for language in asked.languages:
        for path in write(compose(found, package, language), asked.output, _plain(asked.package)):
            print(f"brief  {path}")
    return 0


def read(words: Sequence[str]) -> Asked:
    """Return what ``words`` ask for.

    Raises:
        ThroughflowError: words that are no key=value, unknown keys or languages, keys given twice, no package.
    """
    problems, given = [], []
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or key not in KEYS or not value:
            cure = nearest(key, KEYS) or f"there are {', '.join(f'{each}=...' for each in KEYS)}"
            problems.append(Problem("command line", repr(word), "not a setting of the brief", cure))
        else:
            given.append((key, value))
    one = {key: [value for own, value in given if own == key] for key in KEYS}
    for key in ("package", "language", "output"):
        if len(one[key]) > 1:
            what = f"{key}= given {len(one[key])} times"
            problems.append(Problem("command line", what, "a brief is about one package", "give it once"))
    if not one["package"] and not problems:
        cure = "name it, for example package=R3"
        problems.append(Problem("command line", "no package", "a brief is about one package", cure))
    wrong = [value for value in one["language"] if value not in LANGUAGES]
    problems += [Problem("command line", f"language={value}", "there is no text in it", "en or zh") for value in wrong]
    raise_if(problems)
    languages = tuple(one["language"]) or LANGUAGES
    output = Path(one["output"][0]) if one["output"] else Path()
    return Asked(one["package"][0], languages, tuple(map(Path, one["from"])), output)


def _plain(package: str) -> str:
    """Return ``package`` as part of a file's name."""
    if any(sign in package for sign in "/\\\0") or package.startswith("."):
        what = f"package={package}"
        raise ThroughflowError(Problem("command line", what, "it cannot be part of a file's name", "use its other name"))
    return package
