"""What things are called: display names and units of a model (``names.csv`` beside it) and the wording all figures share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.analysis.definitions import read_rows
from sim.analysis.worlds import reading
from sim.errors import Problem, ThroughflowError, nearest

LANGUAGES = ("en", "zh")

QUANTITY = "quantity"
"""Kind of the names of outcomes; ``peak of`` or ``mean of`` before one says how it is read."""


@dataclass(frozen=True)
class Words:
    """The names of one model in one language.

    Attributes:
        language: ``en`` or ``zh``.
        rows: rows of names.csv and of the shared texts by (kind, name).
        source: the file to mend when a name is missing.
    """

    language: str
    rows: Mapping[tuple[str, str], Mapping[str, str]]
    source: str

    def __call__(self, kind: str, name: str, *, short: bool = False) -> str:
        """Return the display name of ``name``; the short one if asked for and there is one.

        Raises:
            ThroughflowError: no such name, or none in this language.
        """
        read, plain = reading(name) if kind == QUANTITY else ("", name)
        if read:
            return self.text(read).format(name=self.inside(kind, plain, short=short))
        row = self._row(kind, name)
        text = (row.get(f"short_{self.language}") if short else "") or row[self.language]
        if not text:
            raise self._lacking(kind, name)
        return text

    def knows(self, kind: str, name: str) -> bool:
        """Tell whether ``name`` has a display name."""
        return (kind, reading(name)[1] if kind == QUANTITY else name) in self.rows

    def text(self, key: str) -> str:
        """Return a wording all figures share, e.g. ``illustrative``."""
        return self("text", key)

    def inside(self, kind: str, name: str, *, short: bool = False) -> str:
        """Return the display name of ``name`` as it stands inside a sentence: small in English, but for what is an acronym."""
        text = self(kind, name, short=short)
        return text if self.language == "zh" or text[1:2].isupper() else text[:1].lower() + text[1:]

    def unknown(self, name: str) -> str:
        """Return the display name of an uncertainty, told by its key in a config or by its constant; else ``name``."""
        whole = self._alike(name)
        base, _, inside = name.rstrip("]").replace("[", ".").partition(".")
        told = whole or (self._alike(base) if inside else "")
        if whole or not told:
            return whole or name
        elements = inside.split(", ")
        parts = [self("partner", each) if self.knows("partner", each) else each.replace("_", ".") for each in elements]
        listed = self.text("list mark").join(parts)
        return f"{told}（{listed}）" if self.language == "zh" else f"{told} ({listed})"

    def unit(self, kind: str, name: str) -> str:
        """Return the unit in which ``name`` is shown; empty for a pure number."""
        return self._row(kind, name)[f"unit_{self.language}"]

    def factor(self, kind: str, name: str) -> float:
        """Return what values in the model's unit are multiplied with before they are shown."""
        return float(self._row(kind, name)["factor"] or 1.0)

    def spoken(self, kind: str, name: str) -> tuple[str, float]:
        """Return the unit in which a sentence tells ``name``, and its factor: that of figures unless the language has another.

        Chinese counts in ten thousands and hundred millions; figures, whose numbers serve both languages, in thousands.
        """
        row = self._row(kind, name)
        own = row.get(f"said_{self.language}")
        return (own, float(row[f"said_factor_{self.language}"])) if own else (self.unit(kind, name), self.factor(kind, name))

    def _alike(self, name: str) -> str:
        """Return the name of the parameter or variable ``name``, or whose key in a config that is; empty if there is none."""
        wanted = _key(name)
        known = ((kind, each) for wanted_kind in ("parameter", "variable") for kind, each in self.rows if kind == wanted_kind)
        return next((self(kind, each) for kind, each in known if _key(each) == wanted), "")

    def _row(self, kind: str, name: str) -> Mapping[str, str]:
        name = reading(name)[1] if kind == QUANTITY else name
        if (kind, name) not in self.rows:
            raise self._lacking(kind, name)
        return self.rows[kind, name]

    def _lacking(self, kind: str, name: str) -> ThroughflowError:
        near = nearest(name, (known for found, known in self.rows if found == kind))
        return ThroughflowError(
            Problem(
                self.source,
                f"no {self.language} name for the {kind} {name!r}",
                "a figure would show a raw identifier",
                f"add a row {kind},{name},…" + (f" ({near})" if near else ""),
            )
        )


def _key(name: str) -> str:
    """Return what a constant and its key in a config share: ``spill[EUR]`` and ``spill.EUR``."""
    return name.replace("_", " ").replace(".", "[").rstrip("]").casefold()


def load(folder: Path, language: str) -> Words:
    """Return the names of the model whose data is in ``folder``, in ``language``."""
    shared = read_rows(Path(__file__).parent / "texts.csv")
    own = read_rows(folder / "names.csv")
    rows = {("text", row["name"]): row for row in shared} | {(row["kind"], row["name"]): row for row in own}
    return Words(language, rows, str(folder / "names.csv"))
