# expects: script_error ModuleNotFoundError
# remedy: Run the script with `transom run --with opencv-python-headless`, which adds the package for one run, or put `import os; os.system("pip install opencv-python-headless")` above the import.
import cv2


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
