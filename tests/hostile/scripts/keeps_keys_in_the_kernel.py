"""Puts a key into a keyring of the kernel, where it outlives the job."""

from attack import attack, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    key = call("add_key", b"user", b"hostile-left", b"hostile", 7, -4)  # the user's keyring
    call("keyctl", 9, key, -4)  # and takes it out again
    return "put a key into the user's keyring"
