"""Has Transom install a package of the script's own into a folder outside, or write a log there."""

import os
import subprocess
import sys

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    wheel = os.path.join("Script Bundle", os.path.basename(BAIT["foreign_wheel"]))
    place = os.path.join(BAIT["canary_folder"], "hostile-left")
    for option in ("--target", "--prefix", "--root", "--src", "--log", "--cache-dir", "--report", "--build"):
        subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", option, place, wheel])
    return ""
