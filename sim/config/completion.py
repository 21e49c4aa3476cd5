"""Tab completion of overrides, by Hydra's own query (internal to Hydra 1.3, hence the pin)."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

from hydra.plugins.completion_plugin import DefaultCompletionPlugin

from sim.config import loader as hydra_loader
from sim.errors import ThroughflowError


def overrides(words: Sequence[str], folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return what the last of ``words`` can be completed to, given the overrides before it.

    Arguments:
        words: the overrides typed so far; the last one, possibly empty, is being completed.
        folders: the user's folders of configs.
    """
    line = " ".join(words)
    try:
        loader = hydra_loader.make([folder for folder in folders if folder.is_dir()])
        plugin = DefaultCompletionPlugin(loader)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            found = plugin._query(config_name=hydra_loader.PRIMARY, line=line)
    except (ThroughflowError, Exception, SystemExit):
        return ()
    return tuple(item for item in found if not item.lstrip("+~").startswith("hydra"))
