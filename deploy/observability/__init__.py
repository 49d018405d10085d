"""What a Prometheus and a Grafana need to watch the services: targets, rules, dashboards, metrics."""
