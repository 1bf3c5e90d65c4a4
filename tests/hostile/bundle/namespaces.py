"""How a script makes namespaces, in a child that ends at once."""

import os

from attack import c, forked


def unshared(flags):
    """Let a child make namespaces of these kinds; says that it could. OSError where that is refused."""
    ours, its = os.pipe()

    def unshare():
        try:
            c("unshare", flags)
        except OSError as wrong:
            os.write(its, b"%d" % wrong.errno)

    os.waitpid(forked(unshare), 0)
    os.close(its)
    said = os.read(ours, 20)
    os.close(ours)
    if said:
        raise OSError(int(said), os.strerror(int(said)))
    return f"made namespaces {flags:#x}"
