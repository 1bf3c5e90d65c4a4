"""What is compared of the workspace: a registered dataset read in a script, and what recording a run takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

import transom
from bench.given import identity_script, middle_table, small_table
from bench.run_one import Comparison
from transom.flow.scheduler import Scheduler
from transom.settings import load
from transom.workspace import recording
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.opening import open_workspace
from transom.workspace.requests import Asked, RunRequest
from transom.workspace.script_files import read_script

GOAL_DATASET, GOAL_BOOKKEEPING_SECONDS = 1.0, 0.005
#: Reads the same table in both ways, in turn, and touches each column, as a mapped one is not read before.
READS = """\
import time
import pandas as pd
from azureml.core import Dataset, Run

def by_hand():
    return pd.read_parquet({parquet!r})

def registered():
    workspace = Run.get_context(allow_offline=True).experiment.workspace
    return Dataset.get_by_name(workspace, "bench").to_pandas_dataframe()

def azureml_main(dataframe1=None, dataframe2=None):
    seconds = {{"by_hand": [], "registered": []}}
    for number in range({rounds}):
        for read in (by_hand, registered):
            began = time.perf_counter()
            frame = read()
            {touch}
            seconds[read.__name__].append(time.perf_counter() - began)
            del frame
    return pd.DataFrame(seconds),
"""
TOUCH = "frame.describe(include='all')"


def dataset(folder: Path, rounds: int | None) -> list[Comparison]:
    """`Run.get_context`, `Dataset.get_by_name`, `to_pandas_dataframe` of 1,000,000 x 10, beside `read_parquet`."""
    table = middle_table(folder)
    found = []
    with TemporaryDirectory(dir=folder) as place:
        os.environ["TRANSOM_DATA_FOLDER"] = f"{place}/data"
        add_dataset(open_workspace(load()), Addition("bench", table))
        for what, touch in (("", "pass"), (", then describe() of each", TOUCH)):
            script = Path(place, "reads.py")
            script.write_text(READS.format(parquet=str(table), rounds=rounds or 7, touch=touch))
            result = transom.run(script, allow_read=table).check()
            assert result.result_dataset is not None
            seconds = result.result_dataset.to_pandas().median()
            name = f"registered dataset in a script, 1 M x 10{what}"
            found.append(Comparison(name, seconds["by_hand"], seconds["registered"], "seconds", GOAL_DATASET))
    return found


def bookkeeping(folder: Path, rounds: int | None) -> list[Comparison]:
    """What is recorded of a run, beside the whole run in a warm session."""
    script, table = identity_script(folder), pq.read_table(small_table(folder)).to_pandas()
    with TemporaryDirectory(dir=folder) as place:
        os.environ["TRANSOM_DATA_FOLDER"] = f"{place}/data"
        with transom.Session() as session:
            whole, result = [], session.run(script, table).check()
            for _ in range(30):
                time.sleep(0.1)
                began = time.perf_counter()
                result = session.run(script, table).check()
                whole.append(time.perf_counter() - began)
        workspace = open_workspace(load())
        record = workspace.history.get(result.id)
        assert record.ended is not None
        scheduler = Scheduler(lambda: workspace.history)
        asked = Asked(RunRequest(script), read_script(script), workspace.settings)
        lock = "" if record.ended.lock is None else workspace.blobs.bytes(record.ended.lock).decode()
        finished = recording.Finished(result.folder, result.outcome, result.document(), record.ended.inputs, lock)
        seconds = []
        for number in range(rounds or 100):
            began = time.perf_counter()
            begun = recording.begun(f"bench-{number}", asked, workspace.blobs)
            scheduler.begin(begun)
            scheduler.end(begun.id, recording.ended(finished, workspace.blobs))
            seconds.append(time.perf_counter() - began)
    goal = round(GOAL_BOOKKEEPING_SECONDS / median(whole), 3)
    return [Comparison("recording a run, beside the whole warm run", median(whole), median(seconds), "seconds", goal)]
