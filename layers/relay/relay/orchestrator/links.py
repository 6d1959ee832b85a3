"""Deep links into Orchestrator's own pages, only in forms seen to work.

Source: UiPath's command line for Python (cli_invoke.py, cli_publish.py) and UiPathOrch (OpenJob.cs, EditProcess.cs).
No form is known for queue items, robots or tasks, nor for stand-alone servers.
"""

from urllib.parse import quote, urlencode

_CLOUD_SUFFIX = "/orchestrator_"


def job_link(base_url: str | None, key: str | None, folder: str | None) -> str | None:
    """Return the page of a job, by its Key; without a folder it opens in the reader's current one."""
    return _link(base_url, key, "/jobs(sidepanel:sidepanel/jobs/{}/details)", folder)


def process_link(base_url: str | None, release_id: str | None, folder: str | None) -> str | None:
    """Return the page of a process, by its release's Id."""
    return _link(base_url, release_id, "/processes/{}/edit", folder)


def _link(base_url: str | None, key: str | None, path: str, folder: str | None) -> str | None:
    base = (base_url or "").rstrip("/")
    if not key or not base.endswith(_CLOUD_SUFFIX):
        return None
    query = "?" + urlencode({"fid": folder}) if folder else ""
    return base + path.format(quote(key, safe="")) + query
