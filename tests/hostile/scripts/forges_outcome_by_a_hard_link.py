"""Swaps the outcome for a hard link to a foreign file that looks like one."""

import os

from attack import BAIT, attack, empty_table, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = job_folder()
    os.link(BAIT["foreign_outcome"], os.path.join(folder, "outcome.json"))
    for port in ("result_dataset", "result_dataset2"):
        empty_table(os.path.join(folder, "outputs", f"{port}.arrow"))
    os._exit(0)
