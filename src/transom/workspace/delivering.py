"""Where results go when a run is over: files, an output folder, and the comparison with what was expected."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from transom.engine.read_only import remove_tree
from transom.errors import NameInvalid, OutputFolderTaken, ResultUnwritable, WrongUse
from transom.model.assets import Dataset, NoName, checked_name
from transom.model.scripts import OUTPUT_PORTS
from transom.store.live import LOG
from transom.tables import formats
from transom.tables.compare import Comparison, compare
from transom.tables.options import ReadOptions
from transom.workspace.opening import Workspace
from transom.workspace.results import RunResult, Table
from transom.workspace.run_folders import DOCUMENT

Progress = Callable[[str, int, int], None]

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be done with the results.

    `files` maps a port to the path it is written to (one that ends in `/` is a DataFrameDirectory, `-` is CSV on
    standard output), `expected` to the file it is compared with, `register` to the name of the dataset that it becomes;
    `output` is a folder for everything.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, Path] = field(default_factory=dict)
    register: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 1e-9
    output: Path | None = None

    def check(self) -> None:
        """Before anything runs: can all of it be done?

        Raises FormatUnknown, ResultUnwritable, NotThere, NameInvalid and OutputFolderTaken.
        """
        for target in self.files.values():
            if target != STANDARD_OUTPUT:
                formats.check_writable(target)
        places = [
            target if target == STANDARD_OUTPUT else str(Path(target).absolute()) for target in self.files.values()
        ]
        if len(set(places)) < len(places):
            raise WrongUse(problem="Both results would be written to the same place.", advice="Name two files.")
        for path in self.expected.values():
            formats.check_readable(path)
        for name in self.register.values():
            try:
                checked_name(name)
            except NoName as wrong:
                raise NameInvalid(kind="dataset", name=name, reason=wrong) from None
        if not 0 <= self.tolerance < math.inf:
            raise WrongUse(
                problem=f"A tolerance of {self.tolerance} is none.", advice="Give a number from 0 up, such as 1e-9."
            )
        if self.output is not None:
            _check_output(self.output)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was done: warnings of the formats that were written, the comparisons and the new datasets by port."""

    warnings: tuple[str, ...] = ()
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    registered: Mapping[str, Dataset] = field(default_factory=dict)

    @property
    def as_expected(self) -> bool:
        """Whether every comparison found what was expected."""
        return all(each.equal for each in self.comparisons.values())

    def document(self) -> dict[str, Any]:
        """What `transom run --json` adds to the document of the run, where something was compared or registered."""
        told: dict[str, Any] = {}
        if self.registered:
            told["registered"] = {port: str(each.reference) for port, each in self.registered.items()}
        if self.comparisons:
            told["expected"] = {
                port: {
                    "equal": each.equal,
                    "sentences": list(each.sentences),
                    "cells": [asdict(cell) for cell in each.first],
                }
                for port, each in self.comparisons.items()
            }
        return told


def deliver(result: RunResult, delivery: Delivery, workspace: Workspace, progress: Progress | None = None) -> Delivered:
    """Write, register and compare the results of a run that succeeded, and fill the output folder of any run.

    A result replaces a file by a rename. Raises ResultUnwritable, InputUnreadable for what was expected, and what is
    wrong with the workspace.
    """
    warnings: list[str] = []
    comparisons: dict[str, Comparison] = {}
    tables = result.tables
    for port, target in delivery.files.items():
        if port in tables:
            warnings.extend(f"{target}: {warning}" for warning in _write(tables[port], target, progress))
    registered = _registered(result, delivery.register, workspace)
    for port, path in delivery.expected.items():
        if port in tables:
            comparisons[port] = _compared(tables[port], path, result.folder, delivery.tolerance)
    if delivery.output is not None:
        _fill(delivery.output, result, progress)
    return Delivered(tuple(warnings), comparisons, registered)


def _registered(result: RunResult, names: Mapping[str, str], workspace: Workspace) -> dict[str, Dataset]:
    wanted = {port: name for port, name in names.items() if port in result.outcome.results}
    if not wanted:
        return {}
    from transom.workspace.datasets import register_result

    return {
        port: register_result(workspace, name, result.outcome.results[port], run=result.id, port=port)
        for port, name in wanted.items()
    }


def _write(table: Table, target: str, progress: Progress | None) -> tuple[str, ...]:
    if target == STANDARD_OUTPUT:
        return formats.write(table.path, sys.stdout.buffer)
    told = None if progress is None else partial(progress, f"writing {Path(target).name}")
    return formats.write(table.path, target, progress=told)


def _compared(table: Table, path: Path, folder: Path, tolerance: float) -> Comparison:
    expected = folder / f"expected-{secrets.token_hex(3)}.arrow"
    try:
        formats.read(path, expected, ReadOptions())
        return compare(table.path, expected, tolerance)
    finally:
        expected.unlink(missing_ok=True)


def _check_output(folder: Path) -> None:
    if not folder.exists():
        parent = folder.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise ResultUnwritable(path=folder, reason=f"{parent} is no folder that can be written to")
        return
    if not folder.is_dir():
        raise OutputFolderTaken(path=folder)
    if any(folder.iterdir()) and not _is_ours(folder):
        raise OutputFolderTaken(path=folder)


def _is_ours(folder: Path) -> bool:
    """Whether an earlier run wrote the folder, and nothing else lies in it."""
    names = {DOCUMENT, LOG, "files", *(f"{port}.parquet" for port in OUTPUT_PORTS)}
    try:
        told = json.loads((folder / DOCUMENT).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and "run" in told and {path.name for path in folder.iterdir()} <= names


def _fill(folder: Path, result: RunResult, progress: Progress | None) -> None:
    """Put everything of the run into the folder: made whole aside in it, then each part renamed, the outcome last."""
    folder = folder.absolute()
    _check_output(folder)  # again: the run may have taken long
    made = not folder.exists()
    aside = folder / f".{secrets.token_hex(4)}.part"
    try:
        aside.mkdir(parents=True)
        document = _written_aside(aside, folder, result, progress)
        for path in list(folder.iterdir()):
            if path != aside:
                remove_tree(path) if path.is_dir() else path.unlink()
        for path in list(aside.iterdir()):
            path.rename(folder / path.name)
        (aside / DOCUMENT).write_text(document, "utf-8", errors="backslashreplace")
        (aside / DOCUMENT).rename(folder / DOCUMENT)
        aside.rmdir()
    except OSError as wrong:
        remove_tree(folder if made else aside)
        raise ResultUnwritable(path=folder, reason=wrong.strerror or str(wrong)) from None


def _written_aside(aside: Path, folder: Path, result: RunResult, progress: Progress | None) -> str:
    """Write all but the outcome to `aside`; the outcome's text, whose paths lead into `folder`."""
    document = result.document()
    for port, table in result.tables.items():
        _write(table, str(aside / f"{port}.parquet"), progress)
        document["results"][port]["path"] = str(folder / f"{port}.parquet")
    for told, each in zip(document["files"], result.files, strict=True):
        target = aside / "files" / each.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each.path, target)
        told["path"] = str(folder / "files" / each.name)
    shutil.copyfile(result.folder / LOG, aside / LOG)
    document.update(log=str(folder / LOG), folder=str(folder))
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)
