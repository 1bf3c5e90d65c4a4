"""Which values of a job travel as JSON documents: what it is, to whoever executes it; how it ended, back and to later.

A document says the same to the last bit, so that an outcome can be given again and a job be executed elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transom.model.documents import NoDocument, document_of, value_of
from transom.model.runs import Job, NativeJob, Outcome

__all__ = ["NoDocument", "job_document", "job_of", "outcome_document", "outcome_of"]

_KINDS: Mapping[str, type[Job] | type[NativeJob]] = {"script": Job, "native": NativeJob}


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON has it; `outcome_of` gives an equal one. Metrics are as JSON has them, NaN among them."""
    document: dict[str, Any] = document_of(outcome)
    return document


def outcome_of(document: Mapping[str, Any]) -> Outcome:
    """The outcome whose document this is. Raises NoDocument."""
    outcome: Outcome = value_of(Outcome, document)
    return outcome


def job_document(job: Job | NativeJob) -> dict[str, Any]:
    """The job as JSON has it, of a script or of a native component; `job_of` gives an equal one.

    A debugger's terminal is a descriptor of this process, so such a job means nothing elsewhere.
    """
    kind = "native" if isinstance(job, NativeJob) else "script"
    return {"kind": kind, **document_of(job)}


def job_of(document: Mapping[str, Any]) -> Job | NativeJob:
    """The job whose document this is. Raises NoDocument."""
    kind = _KINDS.get(str(document.get("kind")))
    if kind is None:
        raise NoDocument(f"{document.get('kind')!r} is no kind of job")
    job: Job | NativeJob = value_of(kind, document)
    return job
