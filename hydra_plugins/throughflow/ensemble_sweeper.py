"""``hydra/sweeper=ensemble`` for any Hydra program: groups make jobs, numbers are axes within a job.

``-m group=a,b x='interval(0,1)' y=1,2,3`` starts two jobs, whose configs hold the texts ``x: interval(0.0,1.0)`` and
``y: choice(1.0,2.0,3.0)``; ``sim.config.ranges.read_ranges(config)`` reads them. A sweep of numbers is never a job for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


@dataclass
class EnsembleSweeperConf:
    """The sweeper's part of a config; it has no settings of its own."""

    _target_: str = "hydra_plugins.throughflow.ensemble_sweeper.EnsembleSweeper"


ConfigStore.instance().store(group="hydra/sweeper", name="ensemble", node=EnsembleSweeperConf, provider="throughflow")


class EnsembleSweeper(Sweeper):
    """Expands a command line into jobs by :func:`sim.config.sweep.jobs_of` and hands them to Hydra's launcher."""

    def __init__(self) -> None:
        super().__init__()
        self.hydra_context: HydraContext | None = None
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra gives before a sweep, and make its launcher."""
        self.hydra_context = hydra_context
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Sequence[Sequence[JobReturn]]:
        """Run every job that ``arguments`` stand for and return what they return.

        Raises:
            HydraException: sweeps without values, too many jobs.
        """
        from sim.config.sweep import jobs_of  # Hydra imports this file whenever it starts: what is heavy waits until used
        from sim.errors import ThroughflowError

        assert self.hydra_context is not None and self.config is not None and self.launcher is not None
        loader = self.hydra_context.config_loader
        overrides = OverridesParser.create(config_loader=loader).parse_overrides(arguments)
        try:
            batch = jobs_of(overrides, is_number=lambda key: not loader.get_group_options(key))
        except ThroughflowError as error:
            raise HydraException(str(error)) from error
        folder = Path(str(self._setting("sweep.dir")))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, folder / "multirun.yaml")
        self.validate_batch_is_legal(batch)
        returned = self.launcher.launch(batch, initial_job_idx=0)
        for job in returned:
            _ = job.return_value  # raises what the job raised
        return [returned]

    def _setting(self, name: str) -> Any:
        return OmegaConf.select(self.config, f"hydra.{name}")
