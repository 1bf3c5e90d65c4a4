# expects: entry_point_signature
# remedy: Write `def azureml_main(dataframe1=None, dataframe2=None):`; other values belong into the script or its bundle.
def azureml_main(a, b, c):
    return a
