"""Replaces what Transom's code calls after the script, so that it runs the script's code in its place."""

import json
import os
import sys

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def broken(*given, **named):
        raise RuntimeError("hostile")

    json.dump = json.dumps = broken
    os.rename = os.path.join = os.write = broken
    for name, module in list(sys.modules.items()):
        if name.startswith("transom child"):
            for member in list(vars(module)):
                if not member.startswith("__"):
                    setattr(module, member, broken)
    return ""
