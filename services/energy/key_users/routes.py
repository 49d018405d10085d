"""``/nhjc``: register and upload in the protocol's own shape (NECC-NHJC-04).

Devices authenticate with an API key like every feed; the receipt of an upload is one like any other.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from libs.common.context import Context
from libs.common.security.principal import Scope
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep, PrincipalDep, RuntimeDep, require_scope
from libs.common.web.problems import DomainError
from libs.common.web.routes import TransactionalRoute
from services.energy.feeds import service as feeds
from services.energy.feeds.domain.body import Header, UnreadableFile
from services.energy.feeds.errors import FileUnreadable
from services.energy.feeds.formats import nhjc
from services.energy.feeds.routes.answers import DoorDep
from services.energy.feeds.routes.deliveries import deliver
from services.energy.key_users import service
from services.energy.key_users.errors import UploadUndecipherable
from services.energy.key_users.schemas import (
    REFUSED,
    SUCCESS,
    Answer,
    RegisterAnswer,
    RegisterRequest,
    UploadAnswer,
    refused,
)
from services.energy.key_users.secrecy import DeviceKeys, Undecipherable, deciphered

PREFIX = "/nhjc"
UPLOAD_PATH = f"{PREFIX}/enterprise/uploadEnergyData"

router = APIRouter(prefix=PREFIX, route_class=TransactionalRoute, tags=["key energy users"])
uploads = APIRouter(prefix=PREFIX, tags=["key energy users"])


@router.post(
    "/register",
    response_model=RegisterAnswer,
    dependencies=[require_scope(Scope.ENERGY_INGEST)],
)
async def register(body: RegisterRequest, request: Request, ctx: ContextDep) -> Any:
    """Give a device its id and the addresses it goes on with; the same device again gets the same id."""
    try:
        device = await service.register(ctx, body.region.strip(), body.enterprise_code.strip().upper())
    except DomainError as error:
        return _answer(request, error)
    base = str(request.base_url).rstrip("/") + f"{PREFIX}/enterprise/"
    return RegisterAnswer(
        response_code="0",
        response_message=SUCCESS,
        device_id=device.device_id,
        load_dic_version_url=base + "versionCheck",
        center_data_url=base + "uploadEnergyData",
        center_info_download_url=base + "downloadConfigData",
        download_base_data_url=base + "downloadBaseData",
        upload_time=service.upload_time(device.device_id),
        secret_key=_keys(request).key_of(device.device_id).hex(),
    )


@uploads.post(
    "/enterprise/uploadEnergyData",
    response_model=UploadAnswer,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
)
async def upload_energy_data(request: Request, principal: PrincipalDep, runtime: RuntimeDep, door: DoorDep) -> Any:
    """Values of an enterprise's points; a point's meter is found by the alias ``<enterpriseCode>:<dataCode>``."""
    body = await request.body()
    try:
        try:
            upload = nhjc.decode(body)
        except UnreadableFile as fault:
            raise FileUnreadable(line=fault.line) from fault
        async with runtime.database.transaction() as session:
            ctx = Context(session, runtime.clock.now(), runtime.new_id, principal)
            await service.check_device(ctx, upload.device_id, upload.enterprise_code)
        try:
            plain = deciphered(body, _keys(request).key_of(upload.device_id))
        except Undecipherable as fault:
            raise UploadUndecipherable(line=fault.line, field=fault.name) from fault
        receipt = await deliver(request, principal, runtime, door, feeds.FILES, Header(), "nhjc", body=plain)
    except DomainError as error:
        return _answer(request, error)
    nothing = receipt.rejected > 0 and receipt.accepted + receipt.quarantined == 0
    first = receipt.rejections[0].message if nothing and receipt.rejections else ""
    return UploadAnswer(
        response_code=REFUSED if nothing else "0",
        response_message=first if nothing else SUCCESS,
        receipt_id=str(receipt.receipt_id),
        accepted=receipt.accepted,
        quarantined=receipt.quarantined,
        rejected=receipt.rejected,
    )


@router.post("/enterprise/versionCheck", response_model=Answer)
@router.post("/enterprise/downloadConfigData", response_model=Answer)
@router.post("/enterprise/downloadBaseData", response_model=Answer)
async def nothing_newer(_ctx: ContextDep) -> Answer:
    """Dictionaries and settings are kept here with the meters: there is nothing for the device to fetch."""
    return Answer(response_code="0", response_message="NO UPDATE")


def _keys(request: Request) -> DeviceKeys:
    keys: DeviceKeys = request.app.state.device_keys
    return keys


def _answer(request: Request, error: DomainError) -> JSONResponse:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    message = catalogue.title(error.code, language, error.params)
    status = getattr(error, "status", 409)
    return JSONResponse(refused(error, message).model_dump(by_alias=True), status, dict(error.headers))
