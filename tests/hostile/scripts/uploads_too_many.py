"""Leaves 1,500 pictures among its outputs."""

import os

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs")
    for number in range(1500):
        with open(f"outputs/{number}.png", "w") as stream:
            stream.write(str(number))
    return ""
