"""Logs rows each of which has a column of its own, so that their table is the square of what was written."""

import os

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(os.path.join(job_folder(), "metrics.jsonl"), "a") as stream:
        for number in range(30000):
            stream.write('{"kind": "row", "name": "r", "value": {"c%d": 1}}\n' % number)
    return ""
