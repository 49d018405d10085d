"""How the routes of instructions answer."""

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from libs.common.web.conditional import etag_of
from services.projects.instructions.schemas import InstructionWhole
from services.projects.instructions.service.instructions import Opened
from services.projects.instructions.service.subjects import Subjects


async def get_subjects(request: Request) -> Subjects:
    return cast(Subjects, request.app.state.instruction_subjects)


SubjectsDep = Annotated[Subjects, Depends(get_subjects)]


def shown(response: Response, opened: Opened) -> InstructionWhole:
    """The instruction, with its ETag on the response."""
    response.headers["ETag"] = etag_of(opened.version)
    return InstructionWhole.of_opened(opened)
