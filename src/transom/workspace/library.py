"""`transom.run` as Python code calls it: paths, frames and functions in, a result out."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from transom.engine.variables import JOB_FOLDER
from transom.errors import RunInsideScript, WrongUse
from transom.model.assets import Sdk
from transom.model.policies import Network, Policy
from transom.model.runs import Limits, Status
from transom.model.scripts import ENTRY_POINT, INPUT_PORTS
from transom.settings import bytes_from, limit_from, load, seconds_from
from transom.workspace.confining import grounds_of
from transom.workspace.limiting import limits_of
from transom.workspace.opening import open_workspace
from transom.workspace.requests import RunRequest, source_named
from transom.workspace.running import Runner
from transom.workspace.starting import Interpreter, WarmStarts

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from transom.workspace.pipelines.running import PipelineRunner
    from transom.workspace.results import RunResult

    Script: TypeAlias = str | os.PathLike[str] | Callable[..., Any]
    TableLike: TypeAlias = str | os.PathLike[str] | pandas.DataFrame | pyarrow.Table
    Paths: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

Kind = TypeVar("Kind", Policy, Network, Sdk)


class Session:
    """Runs scripts in warm processes: the first run of an environment takes as long as ever, the next milliseconds.

        with transom.Session() as session:
            for cars in tables:
                session.run("clean.py", dataset1=cars)

    Threads may share a session. It ends its processes when the block ends, or at `close()`.
    """

    def __init__(
        self, environment: str | None = None, *, policy: str | None = None, network: str | None = None
    ) -> None:
        """`environment`, `policy` and `network` are what its runs take unless they name another; its process begins
        to warm up now.

        Raises EnvironmentUnknown, PythonMissing, RequirementsUnmet and BuildFailed.
        """
        if os.environ.get(JOB_FOLDER):
            raise RunInsideScript(script=_caller())
        settings = load()
        self.environment = environment
        self.policy, self.network = _named("policy", policy, Policy), _named("network", network, Network)
        self._closed = False
        workspace = open_workspace(settings)
        self._starts = WarmStarts(workspace.warm)
        self._runner = Runner(settings, self._starts)
        interpreter = Interpreter()
        named = environment or settings.environment
        if named is not None:
            interpreter = Interpreter.of(self._runner.choosing.ready(named))
        if interpreter.forks:
            wanted = RunRequest(Path(), policy=self.policy, network=self.network)
            grounds = grounds_of(wanted, interpreter.policy, workspace, limits_of(wanted, workspace))
            self._starts.warm(interpreter, grounds)

    def run(  # noqa: PLR0913 (each is one thing that a person may want to say)
        self,
        script: Script,
        dataset1: TableLike | None = None,
        dataset2: TableLike | None = None,
        *,
        environment: str | None = None,
        packages: Sequence[str] | str = (),
        bundle: str | os.PathLike[str] | None = None,
        bundle_requirements: bool = False,
        timeout: float | str | None = None,
        memory: float | str | None = None,
        limits: Limits | None = None,
        sample: int | None = None,
        policy: str | None = None,
        network: str | None = None,
        allow_read: Paths = (),
        allow_write: Paths = (),
        secrets: Sequence[str] = (),
        sdk: str | None = None,
        experiment: str | None = None,
        check: bool = False,
    ) -> RunResult:
        """Run a script as `transom.run` does; where Ctrl-C stopped it, KeyboardInterrupt is raised."""
        if self._closed:
            raise WrongUse(problem="The session is closed.", advice="Run the script before the session ends.")
        if os.environ.get(JOB_FOLDER):
            raise RunInsideScript(script=_caller())
        request = _request(
            script,
            (dataset1, dataset2),
            environment=environment or self.environment,
            packages=packages,
            bundle=bundle,
            bundle_requirements=bundle_requirements,
            timeout=timeout,
            memory=memory,
            limits=limits,
            sample=sample,
            policy=policy or self.policy,
            network=network or self.network,
            allow_read=allow_read,
            allow_write=allow_write,
            secrets=secrets,
            sdk=sdk,
            experiment=experiment,
        )
        return _result(self._runner, request, check)

    @cached_property
    def pipelines(self) -> PipelineRunner:
        """Who runs pipelines with the warm processes of this session; see `transom.Pipeline.run`."""
        from transom.workspace.pipelines.running import PipelineRunner

        if self._closed:
            raise WrongUse(problem="The session is closed.", advice="Run the pipeline before the session ends.")
        return PipelineRunner(self._runner.settings, self._starts, self._runner)

    def close(self) -> None:
        """End the warm processes; runs that are still going on end as they would, and no other begins."""
        self._closed = True
        self._starts.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run(  # noqa: PLR0913 (each is one thing that a person may want to say)
    script: Script,
    dataset1: TableLike | None = None,
    dataset2: TableLike | None = None,
    *,
    environment: str | None = None,
    packages: Sequence[str] | str = (),
    bundle: str | os.PathLike[str] | None = None,
    bundle_requirements: bool = False,
    timeout: float | str | None = None,
    memory: float | str | None = None,
    limits: Limits | None = None,
    sample: int | None = None,
    policy: str | None = None,
    network: str | None = None,
    allow_read: Paths = (),
    allow_write: Paths = (),
    secrets: Sequence[str] = (),
    sdk: str | None = None,
    experiment: str | None = None,
    check: bool = False,
) -> RunResult:
    """Run a script, or a function that is defined in a file, in a process of its own.

    `dataset1` and `dataset2` are files of any format, names of registered datasets ("cars", "cars@2"),
    pandas.DataFrames or pyarrow.Tables; a frame reaches the script
    exactly, with its row index. `timeout` is in seconds or a text such as "10m", `memory` in bytes or a text such as
    "4GiB", `limits` are these and the others; `sample` takes the first rows only. `environment` is the name of one;
    without it the script's header, the setting, or what the script imports decides. `packages` are requirements that
    are added for this run alone, with `bundle_requirements` also what the bundle's requirements.txt and wheels ask for.

    `policy` says what it may touch: "open", "guarded" (what is taken unless its environment or a setting says
    otherwise), "confined" or "strict"; `network` is "none", "packages" or "open". Beside that it may read `allow_read`
    and write `allow_write`, files or folders that are there, and read `secrets` by their names. `sdk` is "transom" or
    "azure": whose azureml.core it imports; `experiment` is what the run belongs to.

    What goes wrong in the script is told by `result.failure`; with `check` it is raised as ScriptFailed. Raises
    NotThere, Unknown, ScriptUnreadable, FormatUnknown and WrongUse where nothing could be run, EnvironmentUnknown,
    PythonMissing, RequirementsUnmet and BuildFailed where the environment cannot be had, PolicyUnenforceable where this
    machine cannot enforce the policy that was asked for, PolicyForbidden where a setting forbids it, and
    RunInsideScript where a script without a main guard calls this while it is run.
    """
    if os.environ.get(JOB_FOLDER):
        raise RunInsideScript(script=_caller())
    request = _request(
        script,
        (dataset1, dataset2),
        environment=environment,
        packages=packages,
        bundle=bundle,
        bundle_requirements=bundle_requirements,
        timeout=timeout,
        memory=memory,
        limits=limits,
        sample=sample,
        policy=policy,
        network=network,
        allow_read=allow_read,
        allow_write=allow_write,
        secrets=secrets,
        sdk=sdk,
        experiment=experiment,
    )
    return _result(Runner(load()), request, check)


def _result(runner: Runner, request: RunRequest, check: bool) -> RunResult:
    """What came out; an interrupt that has stopped the run goes on to the caller."""
    result = runner.run(request)
    if result.status is Status.CANCELLED:
        raise KeyboardInterrupt
    return result.check() if check else result


def _request(script: Script, datasets: tuple[Any, Any], **wishes: Any) -> RunRequest:
    """What `run` was called with, as a request."""
    path, entry_point = _script_of(script)
    ports = zip(INPUT_PORTS, datasets, strict=True)
    bundle, packages = wishes.pop("bundle"), wishes.pop("packages")
    return RunRequest(
        script=path,
        entry_point=entry_point,
        tables={port: _source(table) for port, table in ports if table is not None},
        bundle=None if bundle is None else _source(bundle),
        packages=(packages,) if isinstance(packages, str) else tuple(packages),
        policy=_named("policy", wishes.pop("policy"), Policy),
        network=_named("network", wishes.pop("network"), Network),
        sdk=_named("sdk", wishes.pop("sdk"), Sdk),
        secrets=tuple(wishes.pop("secrets")),
        allow_read=_paths(wishes.pop("allow_read")),
        allow_write=_paths(wishes.pop("allow_write")),
        limits=_limits(wishes.pop("limits"), wishes.pop("timeout"), wishes.pop("memory")),
        **wishes,
    )


def _named(what: str, name: str | None, kinds: type[Kind]) -> Kind | None:
    if name is None:
        return None
    try:
        return kinds(name)
    except ValueError:
        known = ", ".join(kinds)
        raise WrongUse(problem=f"There is no {what} {name!r}.", advice=f"Take one of these: {known}.") from None


def _paths(given: Paths) -> tuple[Path, ...]:
    return (Path(given),) if isinstance(given, (str, os.PathLike)) else tuple(map(Path, given))


def _limits(limits: Limits | None, timeout: float | str | None, memory: float | str | None) -> Limits:
    chosen = limits or Limits()
    if timeout is not None:
        chosen = replace(chosen, timeout=_limit("timeout", timeout, limit_from(seconds_from), "90s or 10m"))
    if memory is not None:
        chosen = replace(chosen, memory=_limit("memory", memory, limit_from(bytes_from), "500MB or 4GiB"))
    return chosen


def _limit(name: str, value: float | str, parse: Callable[[str], float], examples: str) -> float:
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError:
        raise WrongUse(problem=f"The {name} {value!r} is not understood.", advice=f"Give {examples}.") from None


def _caller() -> str:
    """The file that called `run`."""
    return sys._getframe(2).f_code.co_filename


def _source(table: Any) -> Any:
    if isinstance(table, str):
        return source_named(table)
    return Path(table) if isinstance(table, os.PathLike) else table


def _script_of(script: Script) -> tuple[Path, str]:
    """The file of the script, and the name of its function."""
    if not callable(script):
        if not os.fspath(script):
            raise WrongUse(problem="The path of the script is empty.", advice="Give the path of a Python file.")
        return Path(script), ENTRY_POINT
    name = getattr(script, "__qualname__", repr(script))
    try:
        file = inspect.getsourcefile(script)
    except TypeError:
        file = None
    if file is None or not Path(file).is_file():
        raise WrongUse(
            problem=f"{name} is not defined in a file, so another process cannot import it.",
            advice="Put the function into a .py file, and import it from there.",
        )
    if "." in name or name == "<lambda>":
        raise WrongUse(
            problem=f"{name} cannot be reached by another process: it has no name at the top of its file.",
            advice="Define it at the top of its file.",
        )
    return Path(file), name
