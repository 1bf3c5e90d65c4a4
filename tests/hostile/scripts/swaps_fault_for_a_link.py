"""Swaps the note of where it crashed for a link to a foreign one, and crashes."""

import os
import signal

from attack import BAIT, job_folder


def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "fault.txt")
    os.unlink(place)
    os.symlink(BAIT["foreign_fault"], place)
    os.kill(os.getpid(), signal.SIGKILL)
