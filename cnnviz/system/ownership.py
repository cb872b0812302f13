"""Who created a job: the token of a visitor's browser, in a file beside the job's record."""

from cnnviz.system import files
from cnnviz.system.jobs import Job, JobError

_FILE = "owner.json"


def owner(job: Job) -> str:
    """Return the token of the visitor who created the job; empty if that is not recorded."""
    try:
        return job.read_record(_FILE, str)
    except JobError:
        return ""


def set_owner(job: Job, token: str) -> None:
    """Record the token of the visitor who has created the job.

    Raises:
        OSError: if the file cannot be written.
    """
    files.write_json(job.file(_FILE), token)
