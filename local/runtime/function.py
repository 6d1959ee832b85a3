"""A deployed function as its workers need it, and the environment Lambda gives them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROXY_VARIABLE = "MINISTACK_LAMBDA_PROXY_URL"
"""Where the embedded AWS reads, in a function's own environment, who runs the function."""


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role; `expires` in seconds since the epoch."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires: float

    def environment(self) -> dict[str, str]:
        """The three variables in which Lambda hands them to a function."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


@dataclass(frozen=True)
class Function:
    """One function: its configuration as deployed, and where its built code and layers lie.

    `timeout` is in seconds, `memory` in MB; `layers` are in the template's order.
    """

    name: str
    code: Path
    handler: str = "app.handler"
    layers: tuple[Path, ...] = ()
    timeout: float = 3
    memory: int = 128
    role: str = ""
    arn: str = ""
    runtime: str = "python3.13"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def deployed(cls, configuration: Mapping[str, Any], *, code: Path, layers: Sequence[Path] = ()) -> "Function":
        """From Lambda's GetFunctionConfiguration answer and the built directories of the code and its layers."""
        variables = configuration.get("Environment", {}).get("Variables", {})
        return cls(
            name=configuration["FunctionName"],
            code=code,
            handler=configuration["Handler"],
            layers=tuple(layers),
            timeout=configuration["Timeout"],
            memory=configuration["MemorySize"],
            role=configuration["Role"],
            arn=configuration["FunctionArn"],
            runtime=configuration["Runtime"],
            variables={name: value for name, value in variables.items() if name != PROXY_VARIABLE},
        )

    def in_layers(self, value: str) -> str:
        """A path below /opt as it lies in the layer that has it; other values unchanged."""
        if not value.startswith("/opt/"):
            return value
        places = [layer.absolute() / value.removeprefix("/opt/") for layer in self.layers]
        return next((str(place) for place in reversed(places) if place.exists()), value)

    def environment(self) -> dict[str, str]:
        """What Lambda sets for every worker of this function, without credentials and runtime address.

        The shared AWS files are closed off, so that nothing of the developer's own account is read.
        """
        own = {name: self.in_layers(value) for name, value in self.variables.items()}
        reserved = {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": str(self.code.absolute()),
            "_HANDLER": self.handler,
        }
        return ELSEWHERE | {"PYTHONPATH": self.python_path()} | own | reserved

    def python_path(self) -> str:
        """The layers' `python` directories, later layers first; before them comes the code, as working directory."""
        return os.pathsep.join(str(layer.absolute() / "python") for layer in reversed(self.layers))


ELSEWHERE = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
