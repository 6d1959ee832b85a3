"""The usual tutorial: boto3, a resolver, pydantic models, Logger and Metrics, as Powertools' own pages show them."""

import base64
import hashlib
import hmac
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from pydantic import BaseModel

logger = Logger()
metrics = Metrics()
app = APIGatewayHttpResolver()
topic = boto3.resource("sns").Topic(os.environ["TOPIC_ARN"])


class Payload(BaseModel):
    Type: str
    EventId: str
    Timestamp: str
    TenantId: int | None = None
    Job: dict[str, Any] | None = None


@app.post("/webhooks/<token>/<source>")
def webhook(token: str, source: str) -> Response:
    body = app.current_event.decoded_body
    secret = parameters.get_secret(os.environ["SECRET_NAME"], max_age=60)
    wanted = base64.b64encode(hmac.digest(secret.encode(), body.encode(), hashlib.sha256)).decode()
    if not hmac.compare_digest(wanted, app.current_event.headers.get("x-uipath-signature", "")):
        return Response(401)
    payload = Payload.model_validate_json(body)
    logger.info("received", extra={"type": payload.Type, "id": payload.EventId})
    metrics.add_metric(name="Received", unit=MetricUnit.Count, value=1)
    topic.publish(Message=payload.model_dump_json())
    return Response(200)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event, context):
    return app.resolve(event, context)
