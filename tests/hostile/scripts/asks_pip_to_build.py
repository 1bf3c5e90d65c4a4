"""Has Transom build a package of the script's own, whose setup would then run outside."""

import os
import subprocess
import sys

from attack import BAIT, attack

SETUP = """
import os
open({place!r}, "w").write("hostile")
from setuptools import setup
setup(name="hostile", version="1")
"""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("package")
    with open("package/setup.py", "w") as stream:
        stream.write(SETUP.format(place=os.path.join(BAIT["canary_folder"], "hostile-left")))
    path = os.path.abspath("package")
    for what in (
        ["./package"],
        ["-e", path],
        [f"hostile @ file://{path}"],
        [path],
        ["--no-binary", ":all:", "--find-links", path, "hostile"],
    ):
        subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", *what])
    return ""
