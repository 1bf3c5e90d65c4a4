"""How a script is debugged: by pdb on the person's terminal, or by debugpy and whatever attaches to it."""

import bdb
import builtins
import os
import pdb
import sys


class _Terminal:
    """The terminal in the place of standard input, output and error, while the debugger is at its prompt."""

    def __init__(self, descriptor):
        self.descriptor = descriptor

    def __enter__(self):
        self.streams = sys.stdin, sys.stdout, sys.stderr
        self.saved = [os.dup(number) for number in (0, 1, 2)]
        for number in (0, 1, 2):
            os.dup2(self.descriptor, number)
        # Opened on 0 and 1 themselves: only then does input() edit lines.
        sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)
        sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", buffering=1, closefd=False)
        return self

    def __exit__(self, *_):
        sys.stdout.flush()
        for number, kept in enumerate(self.saved):
            os.dup2(kept, number)
            os.close(kept)
        sys.stdin, sys.stdout, sys.stderr = self.streams


class _Debugger(pdb.Pdb):
    """Pdb with its prompt on the terminal."""

    def __init__(self, terminal, shown, path):
        super().__init__(nosigint=True)
        self.terminal = terminal
        self.shown, self.path = shown, path

    def canonic(self, filename):
        return self.path if filename == self.shown else super().canonic(filename)

    def interaction(self, frame, *arguments):
        with self.terminal:
            self.stdin, self.stdout = sys.stdin, sys.stdout
            super().interaction(frame, *arguments)


def attach(descriptor, shown, path):
    """Let breakpoint() and pdb.set_trace() open the debugger on a terminal; give what opens it after a failure.

    `shown` is the name by which the script's code is known, `path` the file of the person.
    """
    terminal = _Terminal(descriptor)

    def set_trace(*_, **__):
        _Debugger(terminal, shown, path).set_trace(sys._getframe(1))

    pdb.set_trace = set_trace
    sys.breakpointhook = set_trace
    if not hasattr(builtins, "breakpoint"):  # Python 3.6
        builtins.breakpoint = set_trace

    def post_mortem(wrong, trace):
        if isinstance(wrong, bdb.BdbQuit) or trace is None:
            return
        debugger = _Debugger(terminal, shown, path)
        with terminal:
            print("%s: %s" % (type(wrong).__name__, wrong))
        debugger.reset()
        debugger.interaction(None, trace)

    return post_mortem


def wait_for_debugger(port, bundle, unpacked):
    """Let debugpy listen at a port of the loopback interface, and wait until a debugger has attached.

    `bundle` is the person's folder of the bundle, or None, and `unpacked` where its files lie now: breakpoints that
    are set in the one are met in the other.
    """
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # it would warn of the interpreter's own frozen modules
    import debugpy

    debugpy.configure(subProcess=False)
    debugpy.listen(("127.0.0.1", port))
    if bundle is not None:
        import pydevd_file_utils

        pydevd_file_utils.setup_client_server_paths([(bundle, unpacked)])
    print("Waiting for a debugger at 127.0.0.1:%d ..." % port)
    debugpy.wait_for_client()
    print("A debugger has attached.")
