"""Leaves an outcome with times that are no numbers."""

from attack import empty_table, publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    told = '{"status": "succeeded", "seconds": {"start": NaN, "read": Infinity, "script": -1e308, "write": "x"}}'
    publish_forged(told, result_dataset=empty_table, result_dataset2=empty_table)
