# expects: script_error AttributeError
# remedy: dataframe1 is None because no table is connected to dataset1: give one (`--dataset1 FILE`, or `dataset1:` in a pipeline).
def clean(table):
    return table.dropna()


def azureml_main(dataframe1=None, dataframe2=None):
    return clean(dataframe1),
