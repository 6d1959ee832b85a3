"""As much of OData as Orchestrator's lists are asked with; no word of it knows what is listed."""

from local.orchestrator.odata.query import Listing, Shape, listed, shown
from local.orchestrator.odata.tokens import BadQuery

__all__ = ["BadQuery", "Listing", "Shape", "listed", "shown"]
