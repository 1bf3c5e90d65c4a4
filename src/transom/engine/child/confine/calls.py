"""Which calls of the kernel a table script never needs: a filter refuses them, for good and for all that it starts."""

import ctypes
import struct

from . import kernel

_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000  # with the number of the error
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_MODE_FILTER = 2
_FILTER_FLAG_SPEC_ALLOW = 4  # else older kernels would slow the whole process down
_SET_MODE_FILTER = 1

#: number on x86_64, number on aarch64 (None: it is not there)
_NEVER = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "migrate_pages": (256, 238),
    "mount": (165, 40),
    "msgget": (68, 186),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "uselib": (134, None),
    "vhangup": (153, 58),
    "vmsplice": (278, 75),  # memory that a pipe holds on to is nobody's
}
#: What is said not to be there, so that libraries take the older way: clone3 hides its flags from a filter, and what
#: is put into an io_uring passes by it.
_NOT_THERE = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "openat2": (437, 437),  # its mode lies in memory
    # Memory that belongs to no process and to no file system, so that nobody can count it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}
_CLONE, _IOCTL, _SOCKET = (56, 220), (16, 29), (41, 198)
_PERSONALITY, _PRLIMIT = (135, 92), (302, 261)
#: Which argument is the mode of a file: whoever executes one with the bits for it becomes its owner.
_MODES = {
    "chmod": ((90, None), 1),
    "fchmod": ((91, 52), 1),
    "fchmodat": ((268, 53), 2),
    "fchmodat2": ((452, 452), 2),
    "creat": ((85, None), 1),
    "mknod": ((133, None), 1),
    "mknodat": ((259, 33), 2),
}
#: The same where there is a mode only if a file is made; the argument before says whether.
_MODES_OF_NEW = {"open": ((2, None), 2), "openat": ((257, 56), 3)}
_AS_ITS_OWNER = 0o6000
_MAKES_FILES = 0x40 | 0x400000
#: What is done to the process that the argument names: 0 is the own one.
_TO_OTHERS = {"sched_setaffinity": ((203, 122), 0), "setpriority": ((141, 140), 1), "ioprio_set": ((251, 30), 1)}
#: Ways to lay out memory that make nothing easier for an attacker, and the question which one it is.
_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)
#: Flags of clone that make a namespace.
_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
#: Requests of ioctl that type into a terminal or take it over.
_TYPING = (0x5412, 0x541C, 0x5423)
_UNIX, _INET, _NETLINK, _INET6 = 1, 2, 16, 10

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def can_filter():
    """Whether there is a list of calls for this machine, and its kernel has filters."""
    if kernel.machine() not in _ARCHITECTURE:
        return False
    try:
        kernel.prctl(kernel.PR_SET_SECCOMP, _MODE_FILTER)
    except OSError as wrong:  # EFAULT, for the program that was not given, where it has them
        return wrong.errno == 14
    return False


def restrict(network, sees_others):
    """Refuse those calls to this process, and without `network` all sockets but those between processes.

    Where it sees the processes of others, it may set the priority of none but the own one, by the number 0.
    Raises OSError. It must have no new privileges before.
    """
    program = b"".join(_program(kernel.machine(), network, sees_others))
    code = ctypes.create_string_buffer(program, len(program))
    told = _Program(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    number = kernel.SECCOMP[kernel.machine()]
    try:
        kernel.call("syscall", number, _SET_MODE_FILTER, _FILTER_FLAG_SPEC_ALLOW, ctypes.byref(told))
    except OSError:
        kernel.call("prctl", kernel.PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(told))


def _program(machine, network, sees_others):
    """The filter as its instructions; each part ends by going on where it does not decide."""
    column = 0 if machine == "x86_64" else 1
    yield _instruction(_LOAD, _ARCHITECTURE_AT)
    yield _instruction(_EQUAL, _ARCHITECTURE[machine], 1, 0)
    yield _refuse(_ENOSYS)
    yield _instruction(_LOAD, _NUMBER_AT)
    if column == 0:
        yield _instruction(_AT_LEAST, _X32, 0, 1)
        yield _refuse(_ENOSYS)
    for calls, error in ((_NEVER, _EPERM), (_NOT_THERE, _ENOSYS)):
        for numbers in calls.values():
            if numbers[column] is not None:
                yield _instruction(_EQUAL, numbers[column], 0, 1)
                yield _refuse(error)
    yield from _if_call(_CLONE[column], _refuse_bits(0, _NAMESPACES))
    yield from _if_call(_IOCTL[column], [each for request in _TYPING for each in _refuse_value(1, request)])
    yield from _if_call(_SOCKET[column], list(_sockets(network)))
    yield from _if_call(_PERSONALITY[column], list(_personalities()))
    yield from _if_call(_PRLIMIT[column], _limits_of_others())
    for numbers, position in _TO_OTHERS.values() if sees_others else ():
        own = [_argument(position), _instruction(_EQUAL, 0, 1, 0), _refuse(_EPERM)]
        yield from _if_call(numbers[column], own)
    for numbers, position in _MODES.values():
        yield from _if_call(numbers[column], _refuse_bits(position, _AS_ITS_OWNER))
    for numbers, position in _MODES_OF_NEW.values():
        refuse = _refuse_bits(position, _AS_ITS_OWNER)
        makes = [_argument(position - 1), _instruction(_ANY_OF, _MAKES_FILES, 0, len(refuse))]
        yield from _if_call(numbers[column], makes + refuse)
    yield _instruction(_RETURN, _ALLOW)


def _sockets(network):
    """Which families there are: with a network the common ones, and of netlink only the list of addresses."""
    yield _argument(0)
    yield _instruction(_EQUAL, _UNIX, 0, 1)
    yield _instruction(_RETURN, _ALLOW)
    if not network:
        yield _refuse(_EPERM)
        return
    for family in (_INET, _INET6):
        yield _instruction(_EQUAL, family, 0, 1)
        yield _instruction(_RETURN, _ALLOW)
    yield _instruction(_EQUAL, _NETLINK, 1, 0)
    yield _refuse(_EAFNOSUPPORT)
    yield _argument(2)
    yield _instruction(_EQUAL, 0, 1, 0)
    yield _refuse(_EPERM)


def _personalities():
    yield _argument(0)
    for value in _PERSONALITIES:
        yield _instruction(_EQUAL, value, 0, 1)
        yield _instruction(_RETURN, _ALLOW)
    yield _refuse(_EPERM)


def _limits_of_others():
    """Limits of another process can be asked for, not set."""
    refuse = []
    for offset in (0, 4):  # a pointer has two halves
        refuse += [_argument(2, offset), _instruction(_EQUAL, 0, 1, 0), _refuse(_EPERM)]
    return [_argument(0), _instruction(_EQUAL, 0, len(refuse), 0)] + refuse


def _refuse_bits(position, bits):
    return [_argument(position), _instruction(_ANY_OF, bits, 0, 1), _refuse(_EPERM)]


def _refuse_value(position, value):
    return [_argument(position), _instruction(_EQUAL, value, 0, 1), _refuse(_EPERM)]


def _if_call(number, instructions):
    """Those instructions for one call only, if it is there; the number is loaded again after them."""
    if number is None:
        return
    yield _instruction(_EQUAL, number, 0, len(instructions) + 1)
    yield from instructions
    yield _instruction(_LOAD, _NUMBER_AT)


def _argument(position, offset=0):
    return _instruction(_LOAD, 16 + 8 * position + offset)  # its lower half: both machines are little-endian


def _refuse(error):
    return _instruction(_RETURN, _REFUSE | error)


def _instruction(code, value, if_true=0, if_false=0):
    return struct.pack("<HBBI", code, if_true, if_false, value)
