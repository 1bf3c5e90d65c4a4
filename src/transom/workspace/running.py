"""How one script is run: its interpreter is started first, and all else made ready while that imports pandas."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.job_folder import JobFolder
from transom.engine.process import JOB_FOLDER, start
from transom.errors import RunInsideScript
from transom.settings import Settings
from transom.store.live import Live
from transom.workspace.requests import Asked, RunRequest, Watcher
from transom.workspace.run_folders import RunFolders
from transom.workspace.script_files import must_exist, read_script

if TYPE_CHECKING:
    from transom.workspace.results import RunResult


def run_script(
    request: RunRequest,
    settings: Settings,
    watcher: Watcher | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> RunResult:
    """Run a script once and keep what came out in a run folder.

    `meanwhile` is called while the interpreter starts; what it raises ends the run before anything was executed.
    What goes wrong in the script, in an input or in the bundle is told in the result. Raises NotThere,
    ScriptUnreadable, EnvironmentFailed, StoreUnwritable, WrongUse and RunInsideScript: then nothing was run.
    """
    if os.environ.get(JOB_FOLDER):
        raise RunInsideScript(script=request.script)
    asked = Asked(request, read_script(request.script), settings, watcher or Watcher())
    for path in (*request.tables.values(), request.bundle):
        if isinstance(path, Path):
            must_exist(path)
    folders = RunFolders(settings)
    with folders.new() as folder:
        result = _run_in(folder, folders, asked, meanwhile)
    folders.prune()
    return result


def _run_in(folder: Path, folders: RunFolders, asked: Asked, meanwhile: Callable[[], None] | None) -> RunResult:
    job_folder = JobFolder(folder / "job")
    job_folder.prepare()
    process = start(asked.request.interpreter, job_folder.path, terminal=asked.request.terminal)
    try:
        # Imported only now: Arrow and the checks are loaded while the script's interpreter loads pandas.
        from transom.workspace import results
        from transom.workspace.executing import Execution

        if meanwhile is not None:
            meanwhile()
        listeners = [] if asked.watcher.on_text is None else [asked.watcher.on_text]
        live = Live(folder, limit_bytes=asked.settings.log_bytes, listeners=listeners)
        outcome, digests = Execution(asked, folders.blobs, live).outcome(process)
    finally:
        process.discard()
    live.finish()
    folders.note_digests(folder, digests)
    result = results.kept(folder, outcome, folders.blobs)
    if not result.succeeded and job_folder.work.is_dir():  # a script may have removed it
        job_folder.work.rename(folder / "work")
    results.remove_tree(job_folder.path)
    return result
