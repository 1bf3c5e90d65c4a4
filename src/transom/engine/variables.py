"""Which environment variables a script's process has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from transom.model.policies import Confinement, Policy

JOB_FOLDER = "TRANSOM_JOB"
#: What opens the secrets: no script has it, whatever it asks for.
_OURS_ALONE = "TRANSOM_SECRET_KEY"

#: Of these a script needs some to find its libraries, and none is a secret.
_HARMLESS = {
    *("CONDA_DEFAULT_ENV", "CONDA_PREFIX", "GDAL_DATA", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH"),
    *("PROJ_LIB", "PYTHONHASHSEED", "PYTHONHOME", "PYTHONPATH", "PYTHONWARNINGS", "TERM", "TZ", "USER"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"),
}
_HARMLESS_BEGINNINGS = (
    *("ARROW_", "BLIS_", "CUDA_", "GOTO_", "HIP_", "JAX_", "KMP_", "LC_", "MKL_", "NUMBA_", "NUMEXPR_", "NVIDIA_"),
    *("OMP_", "OPENBLAS_", "PYTORCH_", "ROCR_", "TBB_", "VECLIB_", "XLA_"),
)
#: Where programs listen that do what their user asks for: agents with keys, the desktop.
AGENTS = (
    *("DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL", "GPG_AGENT_INFO", "SSH_AGENT_PID", "SSH_AUTH_SOCK"),
    *("WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"),
)


def variables_of(interpreter: str, folder: Path, confinement: Confinement) -> dict[str, str]:
    """The environment variables of the process of the job in `folder`.

    Under `open` and `guarded` those of this process, else the few that hold no secret, and those that the confinement
    names.
    """
    variables = _passed_on(confinement)
    if interpreter != sys.executable:
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
            variables.pop(name, None)
    if interpreter != sys.executable or confinement.policy is not Policy.OPEN:
        # A build has its bytecode; what is written into it by whoever may is a change that has it built again.
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
    variables["PATH"] = os.pathsep.join([str(Path(interpreter).parent), variables.get("PATH", os.defpath)])
    variables.update(
        {
            "LC_ALL": "C.UTF-8",  # Python 3.6 knows no PYTHONUTF8
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            "PYTHONUNBUFFERED": "1",
            "MPLBACKEND": "Agg",
            JOB_FOLDER: str(folder),
        }
    )
    if confinement.policy is not Policy.OPEN:
        variables.update({name: str(folder / "tmp") for name in ("TMPDIR", "TEMP", "TMP")})
        variables["MPLCONFIGDIR"] = str(folder / "matplotlib")
    if not sees_all(confinement):
        variables["HOME"] = str(folder / "home")
    return variables


def sees_all(confinement: Confinement) -> bool:
    """Whether a script has the variables of this process, but those of its agents."""
    return not Policy.GUARDED.is_looser_than(confinement.policy)


def _passed_on(confinement: Confinement) -> dict[str, str]:
    asked = set(confinement.variables)
    there = {name: value for name, value in os.environ.items() if name != _OURS_ALONE}
    if confinement.policy is Policy.OPEN:
        return there
    if sees_all(confinement):
        return {name: value for name, value in there.items() if name in asked or name not in AGENTS}
    return {
        name: value
        for name, value in there.items()
        if name in asked or name in _HARMLESS or name.startswith(_HARMLESS_BEGINNINGS)
    }
