"""Leaves pipes and sockets among its outputs."""

import os
import socket

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs")
    for folder in (os.path.join(job_folder(), "outputs", "files"), "outputs", "."):
        os.mkfifo(os.path.join(folder, "pipe.png"))
        before = os.getcwd()
        os.chdir(folder)
        socket.socket(socket.AF_UNIX).bind("socket.png")
        os.chdir(before)
    return ""
