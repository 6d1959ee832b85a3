"""The events topic in SNS."""

from typing import Any

from relay.aws.client import Failure, confirmed, translated


class Topic:
    """Publishes envelopes with the attributes that filter policies ask for."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, text: str, attributes: dict[str, str]) -> None:
        """Return once SNS has taken the message; raises Unavailable, or Refused for what it never takes."""
        named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        try:
            confirmed(self._client.publish(TopicArn=self._arn, Message=text, MessageAttributes=named), "MessageId")
        except Failure as error:
            raise translated(error, "the events topic did not take the event") from None
