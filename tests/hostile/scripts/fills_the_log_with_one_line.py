"""Prints one line that never ends, of bytes that are no text (by itself up to 60 MB)."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(BAIT["most_log"] // 65536):
        os.write(1, b"\xff\x00\r" * 21845)
    return ""
