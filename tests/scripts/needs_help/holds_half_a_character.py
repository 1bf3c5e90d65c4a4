# expects: script_error UnicodeEncodeError
# remedy: The text holds half a character, as a file name that is no UTF-8, a broken JSON escape (\ud83d) or `errors='surrogateescape'` gives it: replace it first with `text.encode('utf-8', 'replace').decode()`.
import json

import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    text = json.loads('{"f": "\\ud800"}')["f"]
    return pd.DataFrame({"f": [text]}),
