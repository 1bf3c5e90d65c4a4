import os

from azureml.core import Run


def write(name, text):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w") as stream:
        stream.write(text)


def azureml_main(dataframe1=None, dataframe2=None):
    write("pictures/deep/a.svg", "<svg/>")
    write("copy.svg", "<svg/>")
    write("outputs/model.bin", "m" * 2000)
    write("logs/train.log", "l")
    write("small.txt", "s")
    write("large.txt", "x" * 5000)
    write("Script Bundle/written.png", "no picture of the result")
    os.symlink("/etc/passwd", "link.png")
    os.mkfifo("pipe.png")
    Run.get_context().upload_file("graphics/same.svg", "copy.svg")
