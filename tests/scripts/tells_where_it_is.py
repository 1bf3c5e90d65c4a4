import os
import sys

import pandas as pd

IMPORTED_IN = os.getcwd()


def azureml_main(dataframe1=None, dataframe2=None):
    return (
        pd.DataFrame(
            {
                "bundle_is_last_on_path": [sys.path[-1].endswith("Script Bundle")],
                "same_folder_at_import": [IMPORTED_IN == os.getcwd()],
                "only_the_bundle_is_there": [sorted(os.listdir(".")) == ["Script Bundle"]],
                "ours_cannot_be_imported": [not any(name.startswith("transom") for name in sys.modules if " " not in name)],
                "main_is_empty": [not hasattr(sys.modules["__main__"], "__file__")],
                "arguments": [len(sys.argv)],
            }
        ),
    )
