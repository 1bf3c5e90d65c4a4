"""Reads credentials while a program of the person writes them anew, as it does: a new file over the old one."""

from attack import BAIT, attack, read, until


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    wrong = OSError("it was never there")
    for _ in until(0.6):
        try:
            return read(BAIT["replaced"])
        except OSError as refused:
            wrong = refused
    raise wrong
