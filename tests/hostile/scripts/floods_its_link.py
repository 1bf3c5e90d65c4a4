"""Asks Transom thousands of times at once, slowly, and with what is no question."""

import os
import socket

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    held = []
    place = os.environ.get("TRANSOM_LINK") or os.path.join(job_folder(), "link")
    said = [
        b"",
        b"{",
        b"[" * 100000 + b"\n",
        b"\xff\n",
        b'{"question": 7}\n',
        b'{"question": "x", "facts": []}\n',
        b"x" * 300000,
    ]
    for number in range(600):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(0.05)
        try:
            made.connect(place)
            made.sendall(said[number % len(said)])
        except OSError:
            pass
        held.append(made)
    return ""
