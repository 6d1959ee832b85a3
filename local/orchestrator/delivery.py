"""One attempt to deliver one body: a POST whose outcome is a status or the reason why there is none."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

TIMEOUT_SECONDS = 60.0  # RequestTimeout 0.00:01:00, "Orchestrator Webhooks appsettings.json"
USER_AGENT = "UiPath-WebhookService/Webhooks"  # HttpClientUserAgent, same page


@dataclass(frozen=True)
class Attempt:
    """`status` is None when no answer came; then `error` says why, without the URL."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Any non-2xx counts as a failure: UiPath names no exception, so redirects are not followed either."""
        return self.status is not None and 200 <= self.status < 300


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT_SECONDS, verify: bool = True
) -> Attempt:
    """POST the body byte for byte; never raises for what the other side or the network does."""
    started = time.perf_counter()
    status, error = None, None
    try:
        status = _status(urlsplit(url), body, headers, timeout, verify)
    except TimeoutError:
        error = f"no answer within {timeout:g} s"
    except ssl.SSLError as failure:
        error = f"TLS failed: {failure.reason or type(failure).__name__}"
    except OSError as failure:
        error = f"connection failed: {failure.strerror or type(failure).__name__}"
    except (http.client.HTTPException, ValueError) as failure:
        error = f"not a usable URL or HTTP answer: {type(failure).__name__}"
    return Attempt(status, error, time.perf_counter() - started)


def _status(url: SplitResult, body: bytes, headers: Mapping[str, str], timeout: float, verify: bool) -> int:
    connection = _connection(url, timeout, verify)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _connection(url: SplitResult, timeout: float, verify: bool) -> http.client.HTTPConnection:
    if url.hostname is None or url.scheme not in ("http", "https"):
        raise http.client.InvalidURL("only http and https URLs can be called")
    if url.scheme == "http":
        return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(url.hostname, url.port, timeout=timeout, context=context)
