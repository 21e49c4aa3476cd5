"""``throughflow draw``: figures of stored results, without running anything."""

from collections.abc import Sequence
from pathlib import Path

from sim.cli.options import Parser
from sim.cli.progress import Progress, tell_left_out
from sim.errors import Problem, nearest, raise_if


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser("draw", description="Draw figures of stored results.")
    made.add_argument("results", type=Path, metavar="RESULTS", help="a folder that `throughflow run` wrote, or its results.nc")
    made.add_argument("names", nargs="*", metavar="figure", help="figures to draw (default: all)")
    made.add_argument("--folder", type=Path, metavar="F", help="where they go (default: RESULTS/figures)")
    made.add_argument("--overview", type=Path, metavar="F", help="write F/README.md, a page with every figure in F, and stop")
    made.add_argument("--list", action="store_true", help="list the figures there are and stop")
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: no results there, an unknown figure, a folder that cannot be written.
    """
    if "--list" in arguments:
        from sim.show import gallery

        print("\n".join(gallery.names()))
        return 0
    if "--overview" in arguments:
        return _overview(arguments)
    options = parser().read(arguments)
    path = options.results / "results.nc" if options.results.is_dir() else options.results
    if not path.is_file():
        near = nearest(options.results.name, [found.name for found in options.results.parent.glob("*")])
        raise_if(
            [
                Problem(
                    str(options.results),
                    "no results there",
                    "a folder with results.nc is wanted",
                    near or "run `throughflow run` first",
                )
            ]
        )
    from sim.show import gallery

    known = gallery.names()
    raise_if(
        Problem(
            "command line",
            f"no figure called {name!r}",
            f"there are {', '.join(known)}",
            nearest(name, known) or "`throughflow draw --list` lists them",
        )
        for name in options.names
        if name not in known
    )
    from sim import results

    folder = options.folder or path.parent / "figures"
    with Progress(0, "figure") as progress:
        dataset = results.load_netcdf(path)
        drawn = gallery.draw(dataset, folder, tuple(options.names) or None, progress=progress.tell)
    print(f"figures  {folder} ({len(drawn)})")
    if not options.names:
        tell_left_out(dataset)
    return 0


def _overview(arguments: Sequence[str]) -> int:
    """Write a page with every figure of a folder, and return the exit code."""
    from sim.show import overview

    made = Parser("draw", description="Write a page with every figure of a folder.")
    made.add_argument("--overview", type=Path, required=True, metavar="F", help="a folder that figures were drawn into")
    path, count = overview.write(made.read(arguments).overview)
    print(f"overview  {path} ({count} figures)")
    return 0
