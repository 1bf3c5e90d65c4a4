import sys
import time


def azureml_main(dataframe1=None, dataframe2=None):
    for step in range(101):
        sys.stderr.write("\r%3d%%|%s" % (step, "#" * (step // 10)))
        sys.stderr.flush()
        time.sleep(0.001)
    sys.stderr.write("\n")
    print("done")
