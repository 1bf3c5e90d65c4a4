"""Counts for ever (by itself 8 s)."""

from attack import exhausting, until


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in until(8):
        pass
    return "used 8 s of the processor"
