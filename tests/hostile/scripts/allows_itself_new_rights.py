"""Takes back that it may gain no rights."""

from attack import LIBC, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    LIBC.prctl(38, 0, 0, 0, 0)
    if LIBC.prctl(39, 0, 0, 0, 0) == 0:
        return "may gain rights"
    return ""
