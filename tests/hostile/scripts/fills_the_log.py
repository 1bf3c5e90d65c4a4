"""Prints without end (by itself up to 60 MB)."""

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    line = "hostile " * 12 + "\n"
    for _ in range(BAIT["most_log"] // 100000):
        print(line * 1000, end="")
    return ""
