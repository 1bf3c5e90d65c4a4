"""Overwrites what another program left in /tmp; whether that is there or a copy, the test sees."""

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(BAIT["tmp_file"], "r+b") as stream:
        stream.write(b"hostile")
    return ""
