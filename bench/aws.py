"""The little of AWS that the measured functions call, answered at once from memory, in another process's time."""

from local.loopback import Answer, LoopbackServer, Request

SECRET = "bench-secret-not-for-production"  # noqa: S105
_XML = {"Content-Type": "text/xml"}
_JSON = {"Content-Type": "application/x-amz-json-1.1"}
_PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>00000000-0000-4000-8000-000000000000</MessageId></PublishResult></PublishResponse>"
)
_SECRET = b'{"ARN":"arn","Name":"name","VersionId":"00000000-0000-4000-8000-000000000000","SecretString":"%s"}'


def canned_aws() -> LoopbackServer:
    return LoopbackServer(_answer)


def _answer(request: Request) -> Answer:
    if "secretsmanager" in request.headers.get("X-Amz-Target", ""):
        return Answer(200, _SECRET % SECRET.encode(), _JSON)
    if request.method == "PUT":
        return Answer(200, b"", {"ETag": '"0"'})
    return Answer(200, _PUBLISHED, _XML)
