"""Leaves files whose names are no text, hold line ends or backslashes, or are as long as can be."""

import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs", exist_ok=True)
    names = [b"\xff\xfe.png", b"line\nend.txt", b"..\\..\\..\\evil.txt", b"C:\\evil.txt", b"-rf", b"~", b"a" * 255]
    names += [
        b"\x1b[2J.txt",
        b"\xe2\x80\xaegnp.exe",
        b"con",
        b"$(touch hostile-left)",
        b"nul\x01l",
        b" ",
        b"%2e%2e%2fx",
    ]
    for name in names:
        for folder in (b"outputs", b"."):
            with open(os.path.join(folder, name), "w") as stream:
                stream.write("here")
    return ""
