"""Sets the rights of devices that every program needs (to what they are), by their paths and by its standard input."""

import os

from attack import attack, every


def set_rights(what):
    mode = os.stat(what).st_mode & 0o7777
    os.chmod(what, mode)
    return f"may set the rights of {what}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(set_rights, [0, "/dev/null", "/dev/zero", "/dev/urandom", "/proc/self/fd/0"])
