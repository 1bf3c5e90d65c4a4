def azureml_main(dataframe1=None, dataframe2=None):
    dataframe1["a"].values.flags.writeable  # an array of its own
    dataframe1.loc[0, "a"] = 7
    return (dataframe1,)
