"""Runs a script as a job's process does, with rules that the modes of files enforce, and prints what was noted.

    PYTHON refusals_driver.py ENGINE_FOLDER '{"rules", "script", "bundle", "notes", "sockets", "imported"}'

The last line of what it prints is JSON: {"found", "more", "behind": what is behind the exception that ended the script}.
It runs in Python 3.6 too. Modes of files bind an administrator only without the capabilities, so these are given up.
"""

import ctypes
import importlib
import json
import os
import struct
import sys
import types


def main(engine, order):
    sys.path.insert(0, engine)
    from child import refusals

    sys.path.remove(engine)
    sys.path.append(order["bundle"])
    for name in order["imported"]:
        importlib.import_module(name)
    give_up_capabilities()
    if not order["sockets"]:
        forbid_sockets()
    script, bundle = order["script"], order["bundle"] + os.sep
    with open(script) as stream:
        code = compile(stream.read(), script, "exec")

    def shown(filename):
        if filename == script:
            return "script.py"
        return "bundle/" + filename[len(bundle) :] if filename.startswith(bundle) else None

    refusals.watch(order["rules"], shown, order["notes"])
    behind = None
    try:
        module = sys.modules["script"] = types.ModuleType("script")
        exec(code, module.__dict__)
    except Exception as wrong:
        trace = wrong.__traceback__
        while trace.tb_next is not None and trace.tb_next.tb_frame.f_code.co_filename == script:
            trace = trace.tb_next
        behind = refusals.behind(wrong, "script.py", trace.tb_lineno)
    found, more = refusals.found()
    sys.stdout.flush()
    print("\n" + json.dumps({"found": found, "more": more, "behind": behind}))


def give_up_capabilities():
    header = struct.pack("Ii", 0x20080522, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, struct.pack("6I", *[0] * 6)):
        raise OSError(ctypes.get_errno(), "capset")


def forbid_sockets():
    """No socket of the internet can be made any more: a filter of the call, by the machine's number of it."""
    number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
    steps = [
        (0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 4, number),  # another one: on to what allows it
        (0x20, 0, 0, 16),  # load its first argument, the family
        (0x15, 1, 0, 2),
        (0x15, 0, 1, 10),
        (0x06, 0, 0, 0x00050000 | 13),  # EACCES
        (0x06, 0, 0, 0x7FFF0000),
    ]
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(program)
    filters = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
