"""How the packages that a job installs come before those of its environment, and which of them came too late."""

import os
import re
import sys

#: The folder that holds `pip`, `conda` and the other commands of a job.
COMMANDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "commands")
#: What `import azureml.core` finds, and what `import pip` finds.
SDK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sdk")
SHIMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shims")
_METADATA = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+?)(-py[\d.]+)?\.(dist-info|egg-info)$")


def prepare(folder):
    """Let this process and those that it starts find the packages of the job in `folder`, and Transom's pip."""
    packages = os.path.join(folder, "packages")
    others = os.path.join(folder, "pip")
    if not os.path.isdir(others):
        os.mkdir(others)
    variables = os.environ
    if packages not in sys.path:
        first = sys.path.index(SHIMS) + 1 if SHIMS in sys.path else 0
        sys.path[first:first] = [packages, others]
    variables["PYTHONPATH"] = _with_packages(variables.get("PYTHONPATH", ""), packages)
    places = [COMMANDS, os.path.join(packages, "bin")]
    variables["PATH"] = os.pathsep.join(places + [variables.get("PATH", os.defpath)])
    variables["TRANSOM_PYTHON"] = sys.executable
    variables["TRANSOM_COMMANDS"] = COMMANDS
    variables["TRANSOM_LINK"] = os.path.join(folder, "link")
    # A real pip that is called by its own path leaves the environment alone too.
    variables["PIP_TARGET"] = others


def _with_packages(inherited, packages):
    """The search path for the Pythons that the script starts: Transom's modules, the packages, then the others."""
    places = [place for place in inherited.split(os.pathsep) if place not in ("", SDK, SHIMS, packages)]
    sdk = [SDK] if SDK in sys.path else []
    return os.pathsep.join(sdk + [SHIMS, packages] + places)


def notes(folder):
    """A sentence for each package that was installed after another version of it had been imported."""
    packages = os.path.join(folder, "packages")
    found = []
    for name, version, modules in _distributions(packages):
        for module in modules:
            place = _place(sys.modules.get(module))
            if place is None or place.startswith((packages + os.sep, SDK + os.sep)):
                continue
            before = _version_of(sys.modules[module], place, name)
            if before != version:
                found.append(
                    "%s %s was installed, but %s had been imported already and stays for this job: "
                    "install it before the script starts (--with %s==%s) to have it everywhere."
                    % (name, version, before or "another one", name, version)
                )
                break
    return found


def _distributions(packages):
    """(name, version, names of its top-level modules) of each package that the job installed."""
    try:
        names = sorted(os.listdir(packages))
    except OSError:
        return
    for name in names:
        match = _METADATA.match(name)
        if match:
            yield match.group("name").replace("_", "-"), match.group("version"), _modules(packages, name)


def _modules(packages, metadata):
    """The top-level modules that a package has brought, by its own list of files."""
    modules = set()
    try:
        with open(os.path.join(packages, metadata, "RECORD"), encoding="utf-8") as record:
            for line in record:
                first = line.split(",")[0].strip('"').split("/")
                name = first[0].split(".")[0]
                if name.isidentifier() and (len(first) > 1 or first[0].endswith((".py", ".so"))):
                    modules.add(name)
    except OSError:
        return []
    return sorted(modules)


def _place(module):
    """Where a module was loaded from; None for one without a file."""
    place = getattr(module, "__file__", None)
    return place if isinstance(place, str) else None


def _version_of(module, place, name):
    """The version of a package that was imported from `place`: what lies beside it says it, or the module itself."""
    beside = os.path.dirname(place)
    if os.path.basename(place).startswith("__init__."):
        beside = os.path.dirname(beside)
    wanted = _plain(name)
    for entry in os.listdir(beside) if os.path.isdir(beside) else ():
        match = _METADATA.match(entry)
        if match and _plain(match.group("name")) == wanted:
            return match.group("version")
    version = getattr(module, "__version__", None)
    return version if isinstance(version, str) else None


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
