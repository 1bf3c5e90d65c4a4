"""Logs metrics without end, by the file in which they are noted (by itself 40 MB)."""

import json
import os

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(os.path.join(job_folder(), "metrics.jsonl"), "a") as stream:
        for number in range(400):
            stream.write(json.dumps({"kind": "log", "name": f"m{number}", "value": "x" * 100000}) + "\n")
    return ""
