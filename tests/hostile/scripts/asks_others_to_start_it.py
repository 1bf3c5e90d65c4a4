"""Asks the machine's own programs to start something later or outside of the job."""

import subprocess

from attack import attack, every


def ask(command):
    done = subprocess.run(command, input=b"true\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=5)
    return f"{command[0]} took it" if done.returncode == 0 else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    commands = [["systemd-run", "--user", "true"], ["systemd-run", "true"], ["at", "now"], ["batch"], ["crontab", "-l"]]
    return every(ask, commands)
