"""Every error and fault of the projects service has its text in both languages."""

from __future__ import annotations

import ast
import importlib
from enum import StrEnum
from pathlib import Path

import pytest

import services.projects.assembly
from libs.common.contracts.projects import Stage
from libs.common.security.principal import Role
from libs.common.web.catalogue import LANGUAGES, Catalogue
from libs.common.web.problems import DomainError
from services.projects.approvals.domain.case import CaseOutcome, CaseStatus
from services.projects.approvals.domain.matters import AuthorityLevel
from services.projects.bulletins.domain.periods import BulletinKind
from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.documents.domain.kinds import Category
from services.projects.duties.domain.duty import DutyStatus
from services.projects.duties.domain.rules import DutyKind
from services.projects.economy.domain.plausibility import Doubt
from services.projects.economy.domain.reports import EconomyStatus, Edition
from services.projects.environment.domain.appeals import AppealCategory, AppealKind, AppealStatus
from services.projects.environment.domain.cases import AgencyCaseStatus, ItemStatus
from services.projects.environment.domain.inspections import InspectionStatus
from services.projects.environment.domain.quiet_days import DayReason, ExemptionGround
from services.projects.environment.domain.rules import RuleKind
from services.projects.environment.domain.unfiled import ReportStatus
from services.projects.exchange.domain.modes import State
from services.projects.gate.domain.gate import GatePoint, Lack
from services.projects.gate.domain.overrides import OverrideStatus
from services.projects.gate.domain.reviews import ReviewStatus, Verdict
from services.projects.gate.domain.standards import ReviewKind
from services.projects.innovation.domain.honours import HonourKind, NominationStatus, ObjectionStatus, RoundStatus
from services.projects.innovation.domain.records import Grade, RecordKind, RecordStatus
from services.projects.instructions.domain.instruction import ExtensionStatus, SubjectType
from services.projects.leadership.domain.gaps import FourOnes
from services.projects.leadership.domain.tenure import TaskForceRole
from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.amounts import AmountKind
from services.projects.ledger.domain.coordinates import CoordinateSystem
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.domain.grid import FinancingForm, GridWork
from services.projects.ledger.domain.parties import PartyRole
from services.projects.ledger.domain.project import Channel, KeyLevel
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.lists.domain.facts import EntryVerdict
from services.projects.lists.domain.lists import ListKind
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import ReformForm, ReformStage
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.meetings.domain.meeting import (
    Attendance,
    MeetingKind,
    MeetingStatus,
    VisitStatus,
)
from services.projects.parks.domain.attribution import Measure
from services.projects.parks.domain.parks import InfrastructureKind, InfrastructureState, ParkLevel
from services.projects.parks.domain.sites import LandUse, SiteKind, SiteState
from services.projects.parks.domain.tenants import RankMeasure, Unranked
from services.projects.problems.domain.problem import ProblemCategory
from services.projects.promotion.domain.investors import InvestorKind, Origin, TieKind
from services.projects.promotion.domain.leads import LeadStage
from services.projects.promotion.domain.rewards import AwardState
from services.projects.promotion.domain.watching import LeadConditionKind
from services.projects.rates.domain.measures import Basis, Rate, Unusable
from services.projects.registry.domain.records import Post
from services.projects.search.domain.saved_filters import Visibility
from services.projects.search_index.domain.entry import EntryType
from services.projects.support.domain.application import ApplicationStatus, CheckCode, CheckOutcome
from services.projects.support.domain.financing import BankAnswer, NeedStatus
from services.projects.support.domain.policy import PolicyStatus
from services.projects.support.domain.terms import SupportKind, Treatment
from services.projects.targets.domain.accounts import MissState, MissStep
from services.projects.targets.domain.indicators import Nature
from services.projects.targets.domain.letters import LetterState, Side
from services.projects.targets.domain.scopes import ScopeType

SERVICE = Path(services.projects.assembly.__file__).parent
CATALOGUE = Catalogue(services.projects.assembly.MESSAGES)
ERRORS = [
    error
    for path in sorted(SERVICE.rglob("errors.py"))
    for module in [importlib.import_module(".".join(path.relative_to(SERVICE.parents[1]).with_suffix("").parts))]
    for error in vars(module).values()
    if isinstance(error, type) and issubclass(error, DomainError) and error.__module__ == module.__name__
]
NAMED: tuple[type[StrEnum], ...] = (
    *(Stage, ProjectKind, Milestone, Role, AmountKind, FundsSource, ArrivalState, ActKind, Formality),
    *(GridWork, PartyRole, FinancingForm, CoordinateSystem, KeyLevel, Channel, Category),
    *(Rate, Basis, Unusable, EntryType, Visibility, Post, State),
    *(ParkLevel, InfrastructureKind, InfrastructureState, SiteKind, SiteState, LandUse),
    *(Measure, RankMeasure, Unranked),
    *(InvestorKind, TieKind, Origin, LeadStage, LeadConditionKind, AwardState),
    *(CaseStatus, CaseOutcome, AuthorityLevel),
    *(ReviewKind, ReviewStatus, Verdict, GatePoint, OverrideStatus),
    *(RuleKind, DayReason, InspectionStatus, ReportStatus),
    *(AppealKind, AppealCategory, AppealStatus, AgencyCaseStatus, ItemStatus),
    *(DutyStatus, DutyKind, ExtensionStatus, SubjectType, FourOnes, TaskForceRole),
    *(EconomyStatus, Edition, Doubt),
    *(Attendance, ExemptionGround, MeetingKind, MeetingStatus, VisitStatus, ProblemCategory),
    *(ScopeType, Nature, Side, LetterState, MissState, MissStep),
    *(ListKind, EntryVerdict, PilotStage, ReformForm, ReformStage, VetoGround),
    *(SupportKind, Treatment, PolicyStatus, ApplicationStatus, CheckCode, CheckOutcome, NeedStatus, BankAnswer),
    BulletinKind,
    *(ParticipantKind, AppealState),
    *(RecordKind, Grade, RecordStatus, HonourKind, RoundStatus, NominationStatus, ObjectionStatus),
)
TERMS = [f"term.{kind.__name__}.{value.value}" for kind in NAMED for value in kind]
TERMS += [f"economy.warning.{doubt.value}" for doubt in Doubt]
# What closes the gate is named by a fault of its own.
TERMS += [f"gate.{why.value}" for why in Lack]


def fault_codes() -> set[str]:
    """The first argument of every FieldError in the service."""
    return {
        call.args[0].value
        for path in SERVICE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "FieldError"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: str) -> None:
    wanted = {error.code for error in ERRORS} | fault_codes() | set(TERMS)
    assert wanted <= CATALOGUE.codes(language)


def test_languages_say_the_same_codes_with_the_same_parameters() -> None:
    chinese, english = (CATALOGUE.codes(language) for language in LANGUAGES)
    assert chinese == english
    for code in chinese:
        first, second = (CATALOGUE.find(code, language) for language in LANGUAGES)
        assert first is not None
        assert second is not None
        assert first.placeholders() == second.placeholders(), code


def test_errors_of_the_service_are_many_and_their_codes_unique() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes)) > 20
