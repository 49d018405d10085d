"""The protocol's own shapes, spelled as its devices spell them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from libs.common.web.problems import DomainError


class ProtocolModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class RegisterRequest(ProtocolModel):
    region: Annotated[str, Field(max_length=20)] = Field(description="行政区划代码 of the enterprise.")
    enterprise_code: Annotated[str, Field(max_length=30)] = Field(description="统一社会信用代码.")


class Answer(ProtocolModel):
    response_code: str = Field(description="0 when it was received.")
    response_message: str


class RegisterAnswer(Answer):
    device_id: str
    load_dic_version_url: str = Field(alias="loadDicVersionURL")
    center_data_url: str = Field(alias="centerDataURL")
    center_info_download_url: str = Field(alias="centerInfoDownloadURL")
    download_base_data_url: str = Field(alias="downloadBaseDataURL")
    upload_time: str = Field(description="When to upload the day before, Beijing time.")
    secret_key: str = Field(description="32 hex digits, by which a device may encipher its uploads (SM4).")


class UploadAnswer(Answer):
    receipt_id: str
    accepted: int
    quarantined: int
    rejected: int


SUCCESS = "RECEIVE SUCCESS"
REFUSED = "2"


def refused(error: DomainError, message: str) -> Answer:
    """An error as the devices understand it: any code but 0."""
    return Answer(response_code=str(getattr(error, "status", 500)), response_message=message)
