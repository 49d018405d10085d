{{- define "duban.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "duban.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* Every process with its service and roles; what may be called (serves), and what goes out. */}}
{{- define "duban.processes" -}}
projects-api: {service: projects, roles: "api", serves: true}
projects-worker: {service: projects, roles: "consumer,relay,scheduler"}
energy-api: {service: energy, roles: "api", serves: true}
energy-worker: {service: energy, roles: "consumer"}
energy-relay: {service: energy, roles: "relay,gateway"}
energy-scheduler: {service: energy, roles: "scheduler"}
alerts-api: {service: alerts, roles: "api,watch", serves: true}
alerts-worker: {service: alerts, roles: "consumer,relay,scheduler,mirror"}
console: {service: console, roles: "api", serves: true}
{{- end -}}

{{- define "duban.selector" -}}
app.kubernetes.io/name: duban
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "duban.labels" -}}
app.kubernetes.io/name: duban
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "duban.secretName" -}}
{{ .Values.secrets.existing | default (printf "%s-secrets" (include "duban.name" .)) }}
{{- end -}}

{{/* The secrets' data, the same wherever this release's templates ask: made once, then what the cluster keeps. */}}
{{- define "duban.secretData" -}}
{{- if not (hasKey .Values "madeOnce") -}}
{{- $kept := dict -}}
{{- with lookup "v1" "Secret" .Release.Namespace (include "duban.secretName" .) -}}{{- $kept = .data | default dict -}}{{- end -}}
{{- $given := .Values.secrets -}}
{{- $data := dict
    "secret-key" ($given.secretKey | default (b64dec (get $kept "secret-key" | default "")) | default (randAlphaNum 48))
    "admin-password" ($given.adminPassword | default (b64dec (get $kept "admin-password" | default "")) | default (printf "%s-aA7" (randAlphaNum 20)))
    "projects-dsn" (required "secrets.projectsDsn (or secrets.existing) is needed" $given.projectsDsn)
    "energy-dsn" (required "secrets.energyDsn (or secrets.existing) is needed" $given.energyDsn)
    "alerts-dsn" (required "secrets.alertsDsn (or secrets.existing) is needed" $given.alertsDsn) -}}
{{- range $key, $value := dict
    "previous-secret-keys" $given.previousSecretKeys
    "security-password" $given.securityPassword
    "smtp-password" $given.smtpPassword
    "oidc-client-secret" $given.oidcClientSecret
    "trail-signing-key" $given.trailSigningKey
    "heartbeat-secret" $given.heartbeatSecret
    "cell-password" $given.cellPassword
    "vapid-private-key" $given.vapidPrivateKey
    "projects-kafka-password" $given.projectsKafkaPassword
    "energy-kafka-password" $given.energyKafkaPassword
    "alerts-kafka-password" $given.alertsKafkaPassword -}}
{{- if $value -}}{{- $_ := set $data $key $value -}}{{- end -}}
{{- end -}}
{{- $_ := set .Values "madeOnce" $data -}}
{{- end -}}
{{- range $key, $value := .Values.madeOnce }}
{{ $key }}: {{ $value | b64enc | quote }}
{{- end -}}
{{- end -}}

{{/* Secrets are files of the process that needs them: neither its environment nor its neighbour shows them. */}}
{{- define "duban.secretVolume" -}}
{{- $needed := dict "secret-key" "DUBAN_SECRET_KEY" (printf "%s-dsn" .service) "DUBAN_DATABASE_DSN" -}}
{{- $may := dict "previous-secret-keys" "DUBAN_PREVIOUS_SECRET_KEYS" (printf "%s-kafka-password" .service) "DUBAN_KAFKA_PASSWORD" -}}
{{- if eq .service "projects" -}}
{{- $_ := set $needed "admin-password" "DUBAN_ADMIN_PASSWORD" -}}
{{- $_ := set $may "security-password" "DUBAN_SECURITY_PASSWORD" -}}
{{- else if eq .service "alerts" -}}
{{- $_ := set $may "smtp-password" "DUBAN_SMTP_PASSWORD" -}}
{{- $_ := set $may "trail-signing-key" "DUBAN_TRAIL_SIGNING_KEY" -}}
{{- $_ := set $may "heartbeat-secret" "DUBAN_HEARTBEAT_SECRET" -}}
{{- $_ := set $may "cell-password" "DUBAN_CELL_PASSWORD" -}}
{{- $_ := set $may "vapid-private-key" "DUBAN_VAPID_PRIVATE_KEY" -}}
{{- else if eq .service "console" -}}
{{- $needed = dict -}}
{{- $may = dict "oidc-client-secret" "DUBAN_OIDC_CLIENT_SECRET" -}}
{{- end -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- if $needed }}
    - secret:
        name: {{ .secret }}
        items:
          {{- range $key, $path := $needed }}
          - {key: {{ $key }}, path: {{ $path }}}
          {{- end }}
    {{- end }}
    - secret:
        name: {{ .secret }}
        optional: true
        items:
          {{- range $key, $path := $may }}
          - {key: {{ $key }}, path: {{ $path }}}
          {{- end }}
{{- end -}}

{{- define "duban.environment" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $name := include "duban.name" $root -}}
{{- $all := dict
    "DUBAN_HTTP_HOST" "0.0.0.0"
    "DUBAN_HTTP_PORT" "8000"
    "DUBAN_PROJECTS_URL" (printf "http://%s-projects:8000" $name)
    "DUBAN_ENERGY_URL" (printf "http://%s-energy:8000" $name)
    "DUBAN_ALERTS_URL" (printf "http://%s-alerts:8000" $name)
    "DUBAN_SECRETS_DIRECTORY" "/etc/duban/secrets" -}}
{{- if eq .service "console" -}}
{{- $_ := set $all "DUBAN_CONSOLE_FILES" "/srv/duban/console" -}}
{{- $_ := set $all "DUBAN_TRUSTED_PROXIES" (join "," $values.consoleTrustedProxies) -}}
{{- else -}}
{{- $_ := set $all "DUBAN_ENVIRONMENT" "production" -}}
{{- $_ := set $all "DUBAN_KAFKA_BOOTSTRAP" (required "kafka.bootstrap is needed" $values.kafka.bootstrap) -}}
{{- $_ := set $all "DUBAN_TOPIC_REPLICATION" ($values.kafka.topicReplication | toString) -}}
{{- $_ := set $all "DUBAN_TOPIC_PARTITIONS" ($values.kafka.topicPartitions | toString) -}}
{{- $_ := set $all "DUBAN_TOPIC_PREFIX" $values.kafka.topicPrefix -}}
{{- $_ := set $all "DUBAN_TRUSTED_PROXIES" (join "," $values.trustedProxies) -}}
{{- end -}}
{{- if has .service (list "projects" "alerts") -}}
{{- $_ := set $all "DUBAN_CONSOLE_URL" (required "consoleUrl is needed" $values.consoleUrl) -}}
{{- $_ := set $all "DUBAN_WEBHOOK_ALLOWED_HOSTS" (join "," $values.webhookAllowedHosts) -}}
{{- end -}}
{{- if eq .service "alerts" -}}
{{- $_ := set $all "DUBAN_PAGES_URL" (required "pagesUrl is needed" $values.pagesUrl) -}}
{{- $_ := set $all "DUBAN_SMTP_HOST" (required "mail.host is needed" $values.mail.host) -}}
{{- $_ := set $all "DUBAN_SMTP_PORT" ($values.mail.port | toString) -}}
{{- end -}}
{{- if eq .service "energy" -}}
{{- if $values.archive.enabled -}}{{- $_ := set $all "DUBAN_ARCHIVE_DIRECTORY" "/var/lib/duban/archive" -}}{{- end -}}
{{- if $values.feedFolders.enabled -}}{{- $_ := set $all "DUBAN_FEED_FOLDER_ROOT" "/var/lib/duban/feeds" -}}{{- end -}}
{{- end -}}
{{- $common := $values.settings.common -}}
{{- if eq .service "console" -}}
{{- $common = pick $common "DUBAN_OIDC_ISSUER" "DUBAN_OIDC_CA_FILE" "DUBAN_LOG_FORMAT" "DUBAN_LOG_LEVEL" -}}
{{- end -}}
{{- range $key, $value := merge (dict) (get $values.settings .service) $common $all }}
- name: {{ $key }}
  value: {{ $value | toString | quote }}
{{- end -}}
{{- end -}}

{{/* A pod that runs one process of a service: who it is, what it may, what it sees. */}}
{{- define "duban.podSpec" -}}
{{- $root := .root -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: {{ $root.Values.temporarySize }}}
  - {{- include "duban.secretVolume" (dict "service" .service "secret" .secret) | nindent 4 }}
  {{- if $root.Values.authoritiesConfigMap }}
  - name: authorities
    configMap: {name: {{ $root.Values.authoritiesConfigMap }}}
  {{- end }}
  {{- if and (eq .service "projects") $root.Values.leakedPasswordsClaim }}
  - name: leaked
    persistentVolumeClaim: {claimName: {{ $root.Values.leakedPasswordsClaim }}, readOnly: true}
  {{- end }}
  {{- if eq .service "energy" }}
  {{- if $root.Values.archive.enabled }}
  - name: archive
    persistentVolumeClaim: {claimName: {{ $root.Values.archive.existingClaim | default (printf "%s-archive" (include "duban.name" $root)) }}}
  {{- end }}
  {{- if $root.Values.feedFolders.enabled }}
  - name: feeds
    persistentVolumeClaim: {claimName: {{ $root.Values.feedFolders.existingClaim | default (printf "%s-feeds" (include "duban.name" $root)) }}}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "duban.container" -}}
{{- $root := .root -}}
name: {{ .name }}
image: {{ include "duban.image" $root }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args: {{ toJson .arguments }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  privileged: false
  capabilities: {drop: [ALL]}
env:
  {{- include "duban.environment" (dict "root" $root "service" .service) | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /etc/duban/secrets, readOnly: true}
  {{- if $root.Values.authoritiesConfigMap }}
  - {name: authorities, mountPath: /etc/duban/authorities, readOnly: true}
  {{- end }}
  {{- if and (eq .service "projects") $root.Values.leakedPasswordsClaim }}
  - {name: leaked, mountPath: /etc/duban/leaked, readOnly: true}
  {{- end }}
  {{- if eq .service "energy" }}
  {{- if $root.Values.archive.enabled }}
  - {name: archive, mountPath: /var/lib/duban/archive}
  {{- end }}
  {{- if $root.Values.feedFolders.enabled }}
  - {name: feeds, mountPath: /var/lib/duban/feeds}
  {{- end }}
  {{- end }}
{{- end -}}
