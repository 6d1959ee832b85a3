"""The API Gateway HTTP API of the local cloud: real HTTP in, payload format 2.0 to the runtime host, real HTTP out."""

from local.edge.api import Api, Route, deployed_api
from local.edge.server import Edge

__all__ = ["Api", "Edge", "Route", "deployed_api"]
