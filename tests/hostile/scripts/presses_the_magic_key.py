"""Opens the file by which a machine is restarted at once."""

from attack import attack, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return may_write("/proc/sysrq-trigger")
