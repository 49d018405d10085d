"""Which handler takes which event: benchmarks, targets and vetoes of energy, receipts of the alerts service.

Both tell on which days keys were used, and how often they refused whom.
"""

from libs.common.contracts.energy import (
    BENCHMARK,
    TARGET,
    VETO,
    EnergyBenchmarkRecordedV1,
    EnergyTargetJudgedV1,
    EnergyTargetWithdrawnV1,
    EnergyVetoLiftedV1,
    EnergyVetoSetV1,
)
from libs.common.contracts.key_uses import ALERTS_KEY, ENERGY_KEY, AlertsApiKeyUsedV1, EnergyApiKeyUsedV1
from libs.common.contracts.notices import (
    NOTICE,
    NoticeCompletedV1,
    NoticeOverdueV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeWithdrawnV1,
)
from libs.common.contracts.refusals import (
    ALERTS_REFUSAL,
    ENERGY_REFUSAL,
    AlertsRefusalsCountedV1,
    EnergyRefusalsCountedV1,
)
from libs.common.inbox.subscription import Subscription
from services.projects.bulletins.handlers import (
    on_notice_completed,
    on_notice_overdue,
    on_notice_receipted,
    on_notice_sent,
    on_notice_withdrawn,
)
from services.projects.gate.handlers import on_benchmark_recorded, on_benchmark_withdrawn
from services.projects.identity.handlers import on_key_used, on_refusals_counted
from services.projects.lists.handlers import on_veto_lifted, on_veto_set
from services.projects.targets.handlers import on_energy_target_judged, on_energy_target_withdrawn

CONSUMER = "projects"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(BENCHMARK, {EnergyBenchmarkRecordedV1: on_benchmark_recorded}, on_benchmark_withdrawn),
    Subscription(
        NOTICE,
        {
            NoticeSentV1: on_notice_sent,
            NoticeReceiptedV1: on_notice_receipted,
            NoticeOverdueV1: on_notice_overdue,
            NoticeCompletedV1: on_notice_completed,
            NoticeWithdrawnV1: on_notice_withdrawn,
        },
    ),
    Subscription(
        TARGET,
        {
            EnergyTargetJudgedV1: on_energy_target_judged,
            EnergyTargetWithdrawnV1: on_energy_target_withdrawn,
        },
    ),
    Subscription(ENERGY_KEY, {EnergyApiKeyUsedV1: on_key_used}),
    Subscription(ALERTS_KEY, {AlertsApiKeyUsedV1: on_key_used}),
    Subscription(ENERGY_REFUSAL, {EnergyRefusalsCountedV1: on_refusals_counted}),
    Subscription(ALERTS_REFUSAL, {AlertsRefusalsCountedV1: on_refusals_counted}),
    Subscription(VETO, {EnergyVetoSetV1: on_veto_set, EnergyVetoLiftedV1: on_veto_lifted}),
)
