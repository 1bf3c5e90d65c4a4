"""Changes a content that another run keeps under its digest."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.chmod(BAIT["blob"], 0o600)
    with open(BAIT["blob"], "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {BAIT['blob']}"
