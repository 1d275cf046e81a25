"""Download Cert, whose request is a form and whose answer a file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from certwright.web.shared import openapi
from certwright.web.shared.bodies import read_body
from certwright.web.webnic.routes.endpoint import ONE_ORDER, Operation, operation, order_id
from certwright.web.webnic.translate import downloads

if TYPE_CHECKING:
    from starlette.types import Message

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_MOST_FORM_FIELDS = 10
_TEXT = {"type": "string"}
_FORM = {
    "type": "object",
    "properties": {
        "bundle": {"type": "string", "enum": ["true", "false"], "description": "Whether to add the chain."},
        "pfxPassword": {**_TEXT, "description": "Seals a PFX file; needed there."},
        "privateKey": {**_TEXT, "description": "The key of a PFX file as PEM; needed there."},
    },
}
_FILE = {"type": "string", "description": "The file itself."}


async def download_certificate(use: UseCases, caller: Caller, request: Request) -> Response:
    """Send the certificate of an order as a file."""
    word = downloads.parse_format(request.path_params["format"])
    options = await _read_options(request)
    delivered = await use.delivery.deliver_of_order(caller, order_id(request))
    file = await asyncio.to_thread(downloads.certificate_file, delivered, word, options)
    name = f"{request.path_params['orderId']}.{file.extension}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(file.content, headers=headers, media_type=file.media_type)


async def _read_options(request: Request) -> downloads.DownloadOptions:
    """Read a form, or no body at all; Starlette's parser alone would take files of any size."""
    body = await read_body(request)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, replay).form(max_files=1, max_fields=_MOST_FORM_FIELDS) as form:
        return await downloads.download_options(form)


def _describe() -> Operation:
    described = operation(
        download_certificate,
        "POST",
        f"{ONE_ORDER}/download/format/{{format}}",
        "Certificate",
        parameters=(
            openapi.Parameter(
                name="format",
                where="path",
                required=True,
                description="The kind of file, in any case.",
                schema={"type": "string", "enum": list(downloads.FORMATS)},
                example="PEM",
            ),
        ),
        body=_FORM,
    )
    of_a_file = replace(
        described.described,
        body_media_type="multipart/form-data",
        body_required=False,
        answer=_FILE,
        answer_media_types=tuple(dict.fromkeys(downloads.FORMATS.values())),
        answer_example=None,
    )
    return replace(described, described=of_a_file)


DOWNLOAD = _describe()
