"""Goes on asking its workspace when the job is over, and leaves questions that are answered later than that."""

import os
import socket
import threading
import time

from attack import attack, detached, job_folder
from link import ask


def go_on():
    while True:
        try:
            ask("dataset/open")
            ask("dataset/register", tags={"late": "late"})
        except OSError:
            time.sleep(0.001)


def wait_long():
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(os.environ.get("TRANSOM_LINK") or os.path.join(job_folder(), "link"))
        made.sendall(b'{"question": "dataset/read", "facts": {}}\n')
        made.recv(65536)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    ask("dataset/open")
    detached(go_on)
    for _ in range(4):
        threading.Thread(target=wait_long, daemon=True).start()
    time.sleep(0.1)
    return ""
