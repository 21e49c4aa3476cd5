"""Subscript ranges and how equations cover them."""

from collections.abc import Iterable, Mapping

from sim.errors import Problem, ThroughflowError, nearest
from sim.model.ir import Range, key


class Ranges:
    """The ranges of a model while it is read; names of ranges and elements are found whatever their case.

    Arguments:
        definitions: ``(name, parts, where)``; a part is an element, or the name of another range.
    """

    def __init__(self, definitions: Iterable[tuple[str, tuple[str, ...], str]]) -> None:
        self._parts: dict[str, tuple[str, tuple[str, ...], str]] = {}
        for name, parts, where in definitions:
            if key(name) in self._parts:
                raise ThroughflowError(
                    Problem(where, f"a second range {name!r}", f"{self._parts[key(name)][2]} is the first", "remove one")
                )
            self._parts[key(name)] = (name, parts, where)
        self._elements: dict[str, str] = {}
        self.by_name: dict[str, Range] = {}
        for name, (shown, _, _) in self._parts.items():
            self.by_name[shown] = Range(shown, self._expand(name, ()))
        self._by_key = {key(name): found for name, found in self.by_name.items()}

    def _expand(self, name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        shown, parts, where = self._parts[name]
        if name in path:
            raise ThroughflowError(
                Problem(where, f"range {shown!r} contains itself", "it would never end", "list its elements")
            )
        elements: list[str] = []
        for part in parts:
            if key(part) in self._parts:
                elements.extend(self._expand(key(part), (*path, name)))
            else:
                elements.append(self._elements.setdefault(key(part), part))
        if len(set(elements)) != len(elements):
            raise ThroughflowError(
                Problem(
                    where,
                    f"range {shown!r} lists an element twice",
                    "each element may stand once",
                    "remove the repetition",
                )
            )
        return tuple(elements)

    def canonical(self, name: str, where: str) -> str:
        """Return the range or element called ``name`` as it is written where it is defined.

        Raises:
            ThroughflowError: nothing is called so.
        """
        found = self._by_key.get(key(name))
        if found is not None:
            return found.name
        if key(name) in self._elements:
            return self._elements[key(name)]
        known = [*self.by_name, *self._elements.values()]
        raise ThroughflowError(
            Problem(
                where,
                f"subscript {name!r}",
                "no range and no element is called so",
                nearest(name, known) or "define it, or correct its name",
            )
        )

    def members(self, name: str) -> tuple[str, ...]:
        """Return the elements of the range ``name``, or the element itself."""
        return self.by_name[name].elements if name in self.by_name else (name,)

    def dimensions(self, scopes: Iterable[tuple[str, ...]], where: str) -> tuple[str, ...]:
        """Return the ranges that equations with ``scopes`` cover together, one for each subscript.

        The narrowest range that holds the elements is taken, one that an equation names before others as narrow; none
        is taken twice.
        """
        dims: tuple[str, ...] = ()
        for axis in zip(*scopes, strict=True):
            dims = (*dims, self._dimension(axis, where, dims))
        return dims

    def _dimension(self, scopes: tuple[str, ...], where: str, taken: tuple[str, ...]) -> str:
        covered = {element for scope in scopes for element in self.members(scope)}
        holding = [found for found in self.by_name.values() if covered <= set(found.elements)]
        if not holding:
            raise ThroughflowError(
                Problem(
                    where,
                    f"subscripts {', '.join(sorted(covered))}",
                    "no range holds all of them",
                    "define a range that lists them",
                )
            )
        narrowest = min(len(found.elements) for found in holding)
        fitting = [found.name for found in holding if len(found.elements) == narrowest and found.name not in taken]
        if not fitting:
            raise ThroughflowError(
                Problem(
                    where,
                    f"range {taken[-1]!r} stands for two subscripts",
                    "they could not be told apart",
                    f"define a second name for it, `{taken[-1]} again <-> {taken[-1]}`, and use that for one of them",
                )
            )
        return next((name for name in fitting if name in scopes), fitting[0])


def coverage_problems(
    variable: str,
    dims: tuple[str, ...],
    *,
    equations: Iterable[tuple[tuple[str, ...], tuple]],
    ranges: Mapping[str, Range],
) -> list[Problem]:
    """Return a problem for every element of ``variable`` that has no equation, or more than one.

    Arguments:
        variable: name for messages.
        dims: its ranges.
        equations: ``(scope, excluded)`` of each equation.
        ranges: all ranges by name.
    """
    counts: dict[tuple[str, ...], int] = dict.fromkeys(element_tuples(dims, ranges), 0)
    for scope, excluded in equations:
        left_out = {element for group in excluded for element in element_tuples(group, ranges)}
        for element in element_tuples(scope, ranges):
            counts[element] = counts.get(element, 0) + (element not in left_out)
    missing = [element for element, count in counts.items() if count == 0]
    double = [element for element, count in counts.items() if count > 1]
    problems = []
    for found, what, why, cure in (
        (missing, "no equation for", "a missing element is not zero", "give it an equation"),
        (double, "more than one equation for", "only one can hold", "remove one, or write :EXCEPT:"),
    ):
        if found:
            shown = ", ".join("[" + ",".join(element) + "]" for element in found[:5]) + (" ..." if found[5:] else "")
            problems.append(Problem(variable, f"{what} {shown}" if dims else what + " it", why, cure))
    return problems


def element_tuples(scope: Iterable[str], ranges: Mapping[str, Range]) -> list[tuple[str, ...]]:
    """Return the element tuples that ``scope`` (ranges or elements, one for each dimension) covers, row-major."""
    tuples: list[tuple[str, ...]] = [()]
    for name in scope:
        members = ranges[name].elements if name in ranges else (name,)
        tuples = [(*head, element) for head in tuples for element in members]
    return tuples
