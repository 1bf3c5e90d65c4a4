# expects: entry_point_missing
# remedy: Write `def azureml_main(…)` in line 5.


def azureml_Main(dataframe1=None):
    return dataframe1
