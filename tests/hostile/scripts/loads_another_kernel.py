"""Loads another kernel to be started instead of this one."""

from attack import attack, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return reached("kexec_load", 0, 1000, None, 0)
