"""Leaves an outcome with a number so long that turning it into one takes minutes."""

from attack import empty_table, publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    told = '{"status": "succeeded", "seconds": {"start": %s}}' % ("9" * 5000000)
    publish_forged(told, result_dataset=empty_table, result_dataset2=empty_table)
