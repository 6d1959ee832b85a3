"""GET of Jobs, QueueItems, Sessions, Releases, Tasks and their like, in one folder or across all of them."""

import base64
import binascii
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from local.loopback import Answer, Request, json_answer
from local.orchestrator.api.entity_shapes import ROUTES, SINGLE, Resource
from local.orchestrator.api.errors import FOLDER_NEEDED, NO_FOLDER, Refusal, not_found
from local.orchestrator.api.front import Route
from local.orchestrator.life.world import Record, World
from local.orchestrator.odata import listed
from local.orchestrator.odata import shown as selected
from local.orchestrator.tenant import Orchestrator

_ONE = re.compile(r"(\w+)\((\d{1,19})\)")


class EntitiesApi:
    """Reads only; what changes entities is their life."""

    def __init__(self, tenant: Orchestrator) -> None:
        self._tenant, self._profile = tenant, tenant.profile

    def route(self, request: Request) -> Route | None:
        """Return what answers the request; None for what is not about these."""
        path = tuple(part.removesuffix("()") for part in request.path[1:])
        if request.method != "GET" or not path:
            return None
        if path in ROUTES:
            resource = ROUTES[path]
            needs_folder = resource.needs_folder and len(path) == 1
            return Route(resource.scopes, partial(self._list, resource, path, needs_folder))
        found = _ONE.fullmatch(path[0])
        if found and len(path) == 1 and found[1] in SINGLE:
            return Route(SINGLE[found[1]].scopes, partial(self._get, SINGLE[found[1]], int(found[2])))
        return None

    def _list(self, resource: Resource, path: tuple[str, ...], needs_folder: bool, request: Request) -> Answer:
        with self._tenant.living:
            world = self._tenant.life.world if self._tenant.life else World()
            folder = _folder(request.headers, world)
            if needs_folder and folder is None:
                raise Refusal(400, "A folder is required for this action.", FOLDER_NEEDED)
            records = [record for record in getattr(world, resource.records).values() if _is_in(record, folder)]
            rows = [resource.row(record, self._profile, listed=True) for record in records]
        page = listed(rows, request.query, resource.shape(self._profile))
        counted = {} if page.count is None else {"@odata.count": page.count}
        return json_answer(200, {**self._context(path[0]), **counted, "value": page.rows})

    def _get(self, resource: Resource, number: int, request: Request) -> Answer:
        with self._tenant.living:
            world = self._tenant.life.world if self._tenant.life else World()
            record = getattr(world, resource.records).get(number)
            if record is None or not _is_in(record, _folder(request.headers, world)):
                raise not_found(resource.type.removesuffix("Dto"))
            row = resource.row(record, self._profile, listed=False)
        shown = selected(row, request.query, resource.shape(self._profile))
        return json_answer(200, {**self._context(f"{request.path[1].split('(')[0]}/$entity"), **shown})

    def _context(self, of: str) -> dict[str, str]:
        return {"@odata.context": f"{self._tenant.address}/odata/$metadata#{of}"}


def _is_in(record: Record, folder: int | None) -> bool:
    """Tell whether a list shows a record: deleted ones it does not, but queue items, whose status says it."""
    shown = not record.get("_deleted") or record.get("Status") == "Deleted"
    return shown and (folder is None or folder in record.get("_folders", (folder,)))


def _folder(headers: Mapping[str, str], world: World) -> int | None:
    """Return the folder that one of the headers names, None without any; raises Refusal for one that is not there."""
    given = {name.lower(): value for name, value in headers.items()}
    for header, member in _HEADERS.items():
        if header in given:
            wanted = _decoded(given[header]) if header.endswith("-encoded") else given[header]
            found = [number for number, folder in world.folders.items() if str(folder[member]) == wanted]
            if not found:
                raise Refusal(400, "Folder does not exist or the user does not have access to the folder.", NO_FOLDER)
            return found[0]
    return None


_HEADERS = {
    "x-uipath-organizationunitid": "Id",
    "x-uipath-folderkey": "Key",
    "x-uipath-folderpath": "FullyQualifiedName",
    "x-uipath-folderpath-encoded": "FullyQualifiedName",
}


def _decoded(value: str) -> Any:
    """Read the Base64 of UTF-16LE."""
    try:
        return base64.b64decode(value, validate=True).decode("utf-16-le")
    except (binascii.Error, ValueError):
        return None
