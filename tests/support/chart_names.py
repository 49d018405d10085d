"""``python -m tests.support.chart_names``: writes the names of the services' settings into the chart's schema."""

import json

from tests.support.chart import CHART
from tests.support.deployment import SERVICES, settings_fields

# Files of the Secret, and what the chart says itself; a new one of these belongs into templates/_helpers.tpl.
SECRETS = {
    *("DUBAN_SECRET_KEY", "DUBAN_PREVIOUS_SECRET_KEYS", "DUBAN_DATABASE_DSN", "DUBAN_ADMIN_PASSWORD"),
    *("DUBAN_SECURITY_PASSWORD", "DUBAN_SMTP_PASSWORD", "DUBAN_OIDC_CLIENT_SECRET"),
    *("DUBAN_TRAIL_SIGNING_KEY", "DUBAN_VAPID_PRIVATE_KEY", "DUBAN_HEARTBEAT_SECRET", "DUBAN_CELL_PASSWORD"),
    "DUBAN_KAFKA_PASSWORD",
}
OF_THE_CHART = {
    *("DUBAN_ENVIRONMENT", "DUBAN_HTTP_HOST", "DUBAN_HTTP_PORT", "DUBAN_TRUSTED_PROXIES", "DUBAN_CLOCK_FILE"),
    *("DUBAN_KAFKA_BOOTSTRAP", "DUBAN_TOPIC_REPLICATION", "DUBAN_TOPIC_PARTITIONS", "DUBAN_TOPIC_PREFIX"),
    *("DUBAN_PROJECTS_URL", "DUBAN_ENERGY_URL", "DUBAN_ALERTS_URL", "DUBAN_CONSOLE_URL", "DUBAN_PAGES_URL"),
    *("DUBAN_WEBHOOK_ALLOWED_HOSTS", "DUBAN_SMTP_HOST", "DUBAN_SMTP_PORT"),
    *("DUBAN_CONSOLE_FILES", "DUBAN_ARCHIVE_DIRECTORY", "DUBAN_FEED_FOLDER_ROOT"),
}


def main() -> None:
    path = CHART / "values.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    free = {service: settings_fields(service) - SECRETS - OF_THE_CHART for service in SERVICES}
    free["common"] = free["projects"] & free["energy"] & free["alerts"]
    for name, given in schema["properties"]["settings"]["properties"].items():
        given["propertyNames"] = {"enum": sorted(free[name])}
    path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
