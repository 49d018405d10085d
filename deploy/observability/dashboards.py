"""The dashboards as one description; Grafana's JSON is written from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_WIDTH = 12
_HEIGHT = 8


@dataclass(frozen=True)
class Panel:
    """One graph: its title in both languages, the expressions with their legends, the unit of its axis."""

    zh: str
    en: str
    series: tuple[tuple[str, str], ...]
    unit: str = "short"


@dataclass(frozen=True)
class Dashboard:
    name: str
    zh: str
    en: str
    panels: tuple[Panel, ...]


OVERVIEW = Dashboard(
    "duban-overview",
    "督办 · 总览",
    "Duban · overview",
    (
        Panel("在线进程", "Processes that answer", (("up", "{{service}} {{instance}}"),)),
        Panel(
            "每秒请求",
            "Requests a second",
            (("sum by (service, status) (rate(duban_http_request_seconds_count[5m]))", "{{service}} {{status}}"),),
            "reqps",
        ),
        Panel(
            "请求耗时（第 99 百分位）",
            "Time of a request (99th percentile)",
            (
                (
                    "histogram_quantile(0.99, sum by (service, le) (rate(duban_http_request_seconds_bucket[5m])))",
                    "{{service}}",
                ),
            ),
            "s",
        ),
        Panel(
            "意外错误",
            "Unexpected errors",
            (("sum by (service, part) (increase(duban_unexpected_errors_total[1h]))", "{{service}} {{part}}"),),
        ),
        Panel("发件箱待发布", "Events not yet published", (("duban_outbox_backlog", "{{service}}"),)),
        Panel("待处理死信", "Dead letters nobody settled", (("duban_dead_letters_waiting", "{{service}}"),)),
        Panel(
            "内存",
            "Memory",
            (("process_resident_memory_bytes", "{{service}} {{instance}}"),),
            "bytes",
        ),
        Panel(
            "处理器",
            "Processor",
            (("rate(process_cpu_seconds_total[5m])", "{{service}} {{instance}}"),),
        ),
    ),
)
READINGS = Dashboard(
    "duban-readings",
    "督办 · 用电数据",
    "Duban · readings",
    (
        Panel(
            "每秒接收读数",
            "Readings at the door a second",
            (("sum by (outcome) (rate(duban_feed_readings_total[5m]))", "{{outcome}}"),),
        ),
        Panel(
            "每秒归并读数",
            "Readings merged a second",
            (("sum by (fate) (rate(duban_readings_merged_total[5m]))", "{{fate}}"),),
        ),
        Panel("归并积压", "Records not merged yet", (("max(duban_ingest_lag_records)", "records"),)),
        Panel(
            "每批归并耗时（第 99 百分位）",
            "Time of a batch (99th percentile)",
            (("histogram_quantile(0.99, sum by (le) (rate(duban_ingest_batch_seconds_bucket[5m])))", "p99"),),
            "s",
        ),
        Panel("归并被卡住", "The merge is held", (("duban_ingest_holding", "{{topic}}"),)),
        Panel("抓取中的数据源", "Feeds that are fetched", (("duban_feeds_fetched", "{{instance}}"),)),
    ),
)
ALERTS = Dashboard(
    "duban-alerts",
    "督办 · 预警与通知",
    "Duban · alerts and deliveries",
    (
        Panel(
            "每小时预警事件",
            "Condition events an hour",
            (("sum by (effect) (increase(duban_alerts_conditions_total[1h]))", "{{effect}}"),),
        ),
        Panel(
            "发送结果",
            "Attempts to deliver",
            (
                (
                    "sum by (kind, outcome) (increase(duban_alerts_delivery_attempts_total[1h]))",
                    "{{kind}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            "发送耗时（第 99 百分位）",
            "Time of an attempt (99th percentile)",
            (
                (
                    "histogram_quantile(0.99, sum by (kind, le) (rate(duban_alerts_delivery_seconds_bucket[9m])))",
                    "{{kind}}",
                ),
            ),
            "s",
        ),
        Panel(
            "任务最久逾期",
            "Jobs overdue",
            (("max by (service, job) (duban_job_overdue_seconds)", "{{job}}"),),
            "s",
        ),
        Panel(
            "自查发现",
            "Faults it found with itself",
            (("sum by (kind) (increase(duban_alerts_findings_total[1d]))", "{{kind}}"),),
        ),
        Panel(
            "台账与审计链异常",
            "Faults of record and audit chain",
            (("duban_alerts_trail_faults", "trail"), ("max(duban_audit_chain_faults)", "audit")),
        ),
        Panel("事件流读者", "Readers of the stream", (("duban_alerts_stream_readers", "{{instance}}"),)),
        Panel(
            "每秒处理事件",
            "Events handled a second",
            (("sum by (consumer) (rate(duban_events_handled_total[5m]))", "{{consumer}}"),),
        ),
    ),
)
DASHBOARDS = (OVERVIEW, READINGS, ALERTS)


def as_json(dashboard: Dashboard) -> dict[str, Any]:
    """What Grafana imports; the data source is asked for by its variable."""
    return {
        "uid": dashboard.name,
        "title": f"{dashboard.zh} / {dashboard.en}",
        "tags": ["duban"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "数据源 / source"}]
        },
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": f"{panel.zh} / {panel.en}",
        "datasource": source,
        "gridPos": {"x": number % 2 * _WIDTH, "y": number // 2 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": expression, "legendFormat": legend, "datasource": source}
            for place, (expression, legend) in enumerate(panel.series)
        ],
    }
