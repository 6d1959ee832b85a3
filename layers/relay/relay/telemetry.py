"""Log lines and metrics of all functions. Messages are constant; no body, header, signature or secret is logged."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()  # named after the stack, in template.yaml


def count(name: str, number: int = 1) -> None:
    """Add to a counter of the running invocation."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
