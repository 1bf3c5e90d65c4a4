"""Listens itself where its own processes ask Transom, and leaves a folder there at the end."""

import os
import socket

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "link")
    os.unlink(place)
    os.chdir(job_folder())
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("link")
    os.unlink(place)
    os.makedirs(os.path.join(place, "inner"))
    return ""
