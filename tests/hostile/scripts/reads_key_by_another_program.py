"""Lets other programs read the ssh key: cat, tar, and Python without this process's modules."""

import subprocess
import sys

from attack import BAIT, attack, every, is_secret, told


def ask(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return told(command[0], done.stdout) if is_secret(done.stdout) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    key = BAIT["ssh_key"]
    reads = "import sys; sys.stdout.write(open(sys.argv[1]).read())"
    return every(ask, [["cat", key], ["tar", "-cO", key], [sys.executable, "-I", "-c", reads, key]])
