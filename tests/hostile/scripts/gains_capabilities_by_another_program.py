"""Executes another program, which gets the capabilities that this process has given up."""

import subprocess
import sys

from attack import attack

READS = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')))"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    done = subprocess.run([sys.executable, "-I", "-c", READS], stdout=subprocess.PIPE)
    held = int(done.stdout, 16)
    return f"a program has the capabilities {held:#x}" if held else ""
