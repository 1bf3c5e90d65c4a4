# expects: script_error PermissionError
# remedy: Write to the working directory, './outputs' for instance, and read what is in the script bundle.


def azureml_main(dataframe1=None, dataframe2=None):
    raise PermissionError(13, "Permission denied", "/etc/x")
