{{/* Labels that select the Pods. */}}
{{- define "ledger.selector" -}}
app.kubernetes.io/name: ledger
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ledger.labels" -}}
{{ include "ledger.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
openova.io/blueprint: {{ .Chart.Name }}
openova.io/blueprint-version: {{ .Chart.Version | replace "+" "_" | quote }}
app.kubernetes.io/component: ledger
{{- end }}

{{/* The image, behind the registry of the Sovereign when one is set. */}}
{{- define "ledger.image" -}}
{{- $image := printf "%s:%s" .Values.image.repository .Values.image.tag -}}
{{- with .Values.global.imageRegistry -}}
{{- $image = printf "%s/%s" . $image -}}
{{- end -}}
{{- $image -}}
{{- end }}
