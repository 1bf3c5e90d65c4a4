# expects: script_error AttributeError
# remedy: Tables are put together by pd.concat. Write `pd.concat([frame, frame])`. `--environment designer-2020` still has it, with pandas 0.25.3.
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    frame = pd.DataFrame({"a": [1]})
    return frame.append(frame),
