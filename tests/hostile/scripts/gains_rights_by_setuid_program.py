"""Executes programs that run as root whoever calls them, and looks whether they do."""

import glob
import os
import stat
import subprocess

from attack import attack, every, until


def effective(pid):
    with open(f"/proc/{pid}/status") as stream:
        return next(int(line.split()[2]) for line in stream if line.startswith("Uid"))


def execute(path):
    program = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in until(0.05):
            if program.poll() is None and effective(program.pid) != os.geteuid():
                return f"{path} runs as {effective(program.pid)}"
    finally:
        program.kill()
        program.wait()
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    there = [path for place in ("/usr/bin", "/bin", "/usr/sbin") for path in glob.glob(place + "/*")]
    marked = [path for path in there if os.path.isfile(path) and os.stat(path).st_mode & stat.S_ISUID]
    chosen = [path for path in marked if os.path.basename(path) in ("su", "passwd", "newgrp", "chfn", "chsh", "sudo")]
    return every(execute, sorted(set(chosen))[:6])
