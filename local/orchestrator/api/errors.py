"""How this Orchestrator says no: a body of its own for each kind of trouble (UiPath, "Response codes")."""

import secrets

from local.loopback import Answer, json_answer

INVALID = 1000
NAME_USED = 1001
NOT_FOUND = 1002
OUT_OF_RANGE = 1009
NO_FOLDER = 1100
FOLDER_NEEDED = 1101

# Names UiPath publishes without their numbers; these are ours, so nobody can have relied on them.
UNKNOWN_EVENT_TYPE = 990001
QUOTA_REACHED = 990002
DUPLICATE_NAME = 990003
ALREADY_DISABLED = 990004
NO_EVENTS = 990005


class Refusal(Exception):
    """The request is refused; `answer` is what is said."""

    def __init__(self, status: int, message: str, code: int = INVALID) -> None:
        super().__init__(message)
        self.answer = said(status, message, code)


def said(status: int, message: str, code: int) -> Answer:
    """The usual body."""
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    return json_answer(status, {"message": message, "errorCode": code, "traceId": trace})


def not_found(what: str) -> Refusal:
    return Refusal(404, f"{what} does not exist.", NOT_FOUND)


def unauthenticated() -> Answer:
    """No token, one that is not known, or one that is over."""
    answer = _abp(
        "You are not authenticated!", "You should be authenticated (sign in) in order to perform this operation."
    )
    return Answer(401, answer.body, {**answer.headers, "WWW-Authenticate": "Bearer"})


def forbidden() -> Answer:
    """Authenticated, but the roles given to the app do not allow it."""
    return _abp("You are not authorized!", "You are not allowed to perform this operation.", 403)


def scope_missing(given: str, expected: tuple[str, ...]) -> Answer:
    """The token's scopes do not suffice."""
    wanted = "' or '".join(expected)
    text = f"Scope(s) '{given}' is(are) invalid. Expect to have '{wanted}'. "
    return json_answer(403, {"errorMessage": text})


def oauth(error: str, description: str | None = None, status: int = 400) -> Answer:
    """The token endpoint's body (RFC 6749, 5.2)."""
    return json_answer(status, {"error": error, **({"error_description": description} if description else {})})


def _abp(message: str, details: str, status: int = 401) -> Answer:
    error = {"code": 0, "message": message, "details": details, "validationErrors": None}
    head = {"message": message, "errorCode": 0, "result": None, "targetUrl": None, "success": False, "error": error}
    return json_answer(status, {**head, "unAuthorizedRequest": True, "__abp": True})
