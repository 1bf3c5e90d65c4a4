"""Swaps the outcome for a link to a foreign file that looks like one."""

import os

from attack import BAIT, empty_table, job_folder


def azureml_main(dataframe1=None, dataframe2=None):
    folder = job_folder()
    for port in ("result_dataset", "result_dataset2"):
        empty_table(os.path.join(folder, "outputs", f"{port}.arrow"))
    os.symlink(BAIT["foreign_outcome"], os.path.join(folder, "outcome.json"))
    os._exit(0)
