"""Swaps the root of its mounts."""

import os

from attack import LIBC, attack, c, call, forked, mount


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    result_read, result_write = os.pipe()

    def pivot():
        try:
            c("unshare", 0x20000)
            LIBC.mount(b"none", b"/", None, 0x44000, None)
            os.mkdir("root")
            mount("tmpfs", "root", "tmpfs", 0)
            os.mkdir("root/old")
            call("pivot_root", b"root", b"root/old")
            os.write(result_write, b"pivoted")
        except OSError as wrong:
            os.write(result_write, b"!" + str(wrong).encode())

    os.waitpid(forked(pivot), 0)
    said = os.read(result_read, 200)
    if said.startswith(b"!"):
        raise OSError(said.decode())
    return "swapped the root"
