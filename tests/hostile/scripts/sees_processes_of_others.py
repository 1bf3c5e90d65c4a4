"""Looks which processes of others run on the machine."""

from attack import attack, every, is_foreign, processes


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda pid: f"saw the process {pid}" if is_foreign(pid) else "", processes())
