"""Takes page faults into its own hands, by which races in the kernel are won."""

import os

from attack import attack, call, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def by_call(flags):
        os.close(call("userfaultfd", flags))
        return f"handles page faults ({flags})"

    return every(by_call, [0, 1])
