"""Makes a user namespace, in which it is root and reaches code of the kernel that only root reaches."""

from attack import attack
from namespaces import unshared


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return unshared(0x10000000)
