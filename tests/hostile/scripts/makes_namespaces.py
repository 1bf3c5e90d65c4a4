"""Makes namespaces of every other kind, alone and together with one of users."""

from attack import attack, every
from namespaces import unshared


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    kinds = [0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000, 0x80]
    return every(unshared, kinds + [kind | 0x10000000 for kind in kinds])
