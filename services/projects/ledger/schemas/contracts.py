"""The contract and its terms."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.projects.ledger.domain.acts import DERIVED, Act, ActKind, fulfilled_on
from services.projects.ledger.domain.parties import Party, PartyRole
from services.projects.ledger.schemas.types import Amount, ConfirmAmount, Reason, Short, Text, Yuan
from services.projects.ledger.service.contracts import ContractDraft
from services.projects.ledger.tables import ContractActRow, ContractRow
from services.projects.registry.schemas import CreditCode, Name, example


class PartyWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    role: PartyRole
    credit_code: CreditCode | None = None

    def party(self) -> Party:
        return Party(self.name, self.role, self.credit_code)


class ContractWrite(BaseModel):
    """The contract as signed; ``amount_yuan`` is the project's contract amount."""

    model_config = example(
        number="通招合〔2025〕7号",
        parties=[
            {"name": "通山县人民政府", "role": "government"},
            {"name": "风电投资方（演示）", "role": "investor"},
        ],
        amount_yuan="140000000",
        file_reference="档案柜 3-17",
    )

    number: Short
    parties: Annotated[list[PartyWrite], Field(min_length=2, max_length=20)]
    amount_yuan: Amount
    file_reference: Short | None = None
    note: Text = ""
    reason: Text = Field(default="", description="Required when a recorded contract is changed.")
    confirm_amount: ConfirmAmount = False

    def draft(self) -> ContractDraft:
        return ContractDraft(
            number=self.number,
            parties=[party.party() for party in self.parties],
            amount_yuan=int(self.amount_yuan),
            file_reference=self.file_reference,
            note=self.note,
        )


class ContractActCreate(BaseModel):
    """A term: registration and custom ones are reported done, funds and start once the ledger knows it."""

    model_config = example(kind="funds", title="首期资金到位", due_on="2026-09-30", amount_yuan="20000000")

    kind: ActKind
    title: Text = Field(default="", description="Required for a custom term.")
    due_on: date
    amount_yuan: Amount | None = Field(default=None, description="Of funds, and required there.")
    confirm_amount: ConfirmAmount = False

    def act(self, act_id: UUID) -> Act:
        amount = None if self.amount_yuan is None else int(self.amount_yuan)
        return Act(act_id, self.kind, self.title, self.due_on, amount)


class ContractActUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(due_on="2026-12-31", reason="补充协议二")

    title: Text = Field(default_factory=str)
    due_on: date = Field(default_factory=lambda: date.min)
    amount_yuan: Amount | None = None
    reason: Text = Field(default="", description="Required when anything changes.")
    confirm_amount: ConfirmAmount = False

    def facts(self) -> dict[str, Any]:
        said = self.model_dump(exclude_unset=True, exclude={"reason", "confirm_amount"})
        if said.get("amount_yuan") is not None:
            said["amount_yuan"] = int(said["amount_yuan"])
        return said


class ActCompletion(BaseModel):
    model_config = example(done_on="2026-02-11", evidence="营业执照 91421224MA00000000")

    done_on: date
    evidence: Short


class ActWithdrawal(BaseModel):
    model_config = example(reason="执照属于另一家公司")

    reason: Reason


class ContractActRead(BaseModel):
    id: UUID
    project_id: UUID
    kind: ActKind
    title: str
    original_due_on: date
    due_on: date
    amount_yuan: Yuan | None
    done_on: date | None
    derived: bool = Field(description="True: the ledger's verified funds or stage say whether it is done.")
    evidence: str | None
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(cls, row: ContractActRow) -> "ContractActRead":
        return cls(**row.model_dump(), derived=ActKind(row.kind) in DERIVED)


class PartyRead(BaseModel):
    name: str
    role: PartyRole
    credit_code: str | None


class ContractRead(BaseModel):
    """The contract with its terms; ``fulfilled_on`` is the day the first of them was done (履约)."""

    project_id: UUID
    number: str
    parties: list[PartyRead]
    amount_yuan: Yuan | None
    signed_on: date | None
    file_reference: str | None
    note: str
    acts: list[ContractActRead]
    fulfilled_on: date | None
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(
        cls,
        row: ContractRow,
        acts: list[ContractActRow],
        known: list[Act],
        amount_yuan: int | None,
        signed_on: date | None,
    ) -> "ContractRead":
        return cls.model_validate(
            {
                **row.model_dump(),
                "amount_yuan": amount_yuan,
                "signed_on": signed_on,
                "acts": [ContractActRead.of(act) for act in acts],
                "fulfilled_on": fulfilled_on(known),
            }
        )
