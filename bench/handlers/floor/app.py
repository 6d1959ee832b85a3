"""The floor: raw Python and one botocore client, nothing kept when anything fails."""

import base64
import hashlib
import hmac
import os

import botocore.session

SECRET = os.environ["SECRET"].encode()
TOPIC = os.environ["TOPIC_ARN"]
# As many as ingest's, for subscriptions filter by them.
VALUES = {"relaysource": "main", "relaygroup": "job", "type": "job.faulted", "severity": "error", "folderid": "1"}
ATTRIBUTES = {name: {"DataType": "String", "StringValue": value} for name, value in VALUES.items()}
sns = botocore.session.get_session().create_client("sns")


def handler(event, _):
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    wanted = base64.b64encode(hmac.digest(SECRET, body, hashlib.sha256))
    if not hmac.compare_digest(wanted, event["headers"].get("x-uipath-signature", "").encode()):
        return {"statusCode": 401}
    sns.publish(TopicArn=TOPIC, Message=body.decode(), MessageAttributes=ATTRIBUTES)
    return {"statusCode": 200}
