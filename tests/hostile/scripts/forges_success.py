"""Writes an outcome that says success, and leaves before there are results."""

from attack import publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged()
