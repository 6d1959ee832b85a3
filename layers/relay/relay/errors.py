"""The one error tree. No text of these errors holds a payload, a secret, a header or a URL."""


class RelayError(Exception):
    """Anything the relay itself reports."""


class SettingsError(RelayError):
    """The environment or a configuration file lacks something or holds a wrong value."""


class MalformedEnvelope(RelayError):
    """A message is not an envelope of ours, or its data does not match its digest."""


class Unauthorized(RelayError):
    """The signature is missing, malformed or wrong for every stage of the source's secret."""


class UnknownSource(RelayError):
    """No webhook secret exists for the source named in the URL."""


class Unavailable(RelayError):
    """A store or a peer cannot be used now; the same call may succeed later."""


class Refused(RelayError):
    """A store or a peer refused for good; the same call cannot succeed later."""
