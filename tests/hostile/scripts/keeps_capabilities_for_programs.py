"""Raises what programs inherit, and asks that they keep it."""

from attack import LIBC, attack, every


def ambient(number):
    if LIBC.prctl(47, 2, number, 0, 0):
        raise PermissionError(f"capability {number}")
    return f"programs would get capability {number}"


def bits(number):
    if LIBC.prctl(28, number, 0, 0, 0):
        raise PermissionError(f"securebits {number}")
    return f"set securebits {number}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [*(lambda n=n: ambient(n) for n in range(41)), lambda: bits(0x10)])
