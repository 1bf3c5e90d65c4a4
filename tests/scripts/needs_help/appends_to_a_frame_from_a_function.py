# expects: script_error AttributeError
# remedy: Tables are put together by pd.concat. Write `pd.concat([thing, more])`. `--environment designer-2020` still has it, with pandas 0.25.3.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    things = [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})]
    thing, more = things
    return thing.append(more),
