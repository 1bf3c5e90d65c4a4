"""Raises an error for whose text Transom needs minutes to find a remedy, in which it does nothing else for anybody."""


def azureml_main(dataframe1=None, dataframe2=None):
    raise KeyError("None of [" * 300 + "]" * 10000)
