"""Which request runs which function: the routes and integrations of a deployed HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

LONGEST = 30.0
"""Seconds an integration may take, and does unless it says less."""


@dataclass(frozen=True)
class Route:
    """One route and the function behind it; `key` is "$default" or a method and a path template."""

    key: str
    function: str
    timeout: float = LONGEST

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What matches "METHOD /path", with the path's parameters as groups."""
        if self.key == "$default":
            return re.compile(".*", re.DOTALL)
        method, template = self.key.split(" ", 1)
        parts = re.split(r"(\{[^}]+\})", template)
        path = "".join(_group(part) if part.startswith("{") else re.escape(part) for part in parts)
        return re.compile(("[A-Z]+" if method == "ANY" else method) + " " + path)

    @cached_property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """The larger wins: any route over $default, full paths over greedy ones, literal parts, a method over ANY."""
        literal = sum(not part.startswith("{") for part in self.key.split("/"))
        return self.key != "$default", "+}" not in self.key, literal, not self.key.startswith("ANY ")


@dataclass(frozen=True)
class Api:
    """One HTTP API, served at its $default stage."""

    id: str
    account: str
    region: str
    routes: tuple[Route, ...]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The most specific route of a request and the path's parameters."""
        for route in sorted(self.routes, key=lambda route: route.rank, reverse=True):
            if found := route.pattern.fullmatch(f"{method} {path}"):
                return route, found.groupdict()
        return None


def deployed_api(gateway: Any, api_id: str, *, account: str, region: str) -> Api:
    """Read an API by an apigatewayv2 client, from real AWS or the embedded one."""
    integrations = {item["IntegrationId"]: item for item in _items(gateway.get_integrations, ApiId=api_id)}
    routes = [
        _route(route["RouteKey"], integrations[route["Target"].rsplit("/", 1)[-1]])
        for route in _items(gateway.get_routes, ApiId=api_id)
    ]
    return Api(api_id, account, region, tuple(routes))


def _route(key: str, integration: dict[str, Any]) -> Route:
    found = re.search(r":function:([^:/]+)", integration["IntegrationUri"])
    function = found[1] if found else integration["IntegrationUri"]
    return Route(key, function, integration.get("TimeoutInMillis", LONGEST * 1000) / 1000)


def _items(operation: Any, **arguments: str) -> Iterator[dict[str, Any]]:
    while True:
        page = operation(**arguments)
        yield from page["Items"]
        if not page.get("NextToken"):
            return
        arguments["NextToken"] = page["NextToken"]


def _group(parameter: str) -> str:
    name = parameter.strip("{}")
    return f"(?P<{name[:-1]}>.+)" if name.endswith("+") else f"(?P<{name}>[^/]+)"
