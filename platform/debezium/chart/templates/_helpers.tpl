{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-debezium.labels" -}}
{{ include "bp-debezium.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-debezium.selectorLabels" -}}
app.kubernetes.io/name: debezium
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image that is given as one text, behind the registry where one is set. */}}
{{- define "bp-debezium.reference" -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .reference }}
{{- end }}
