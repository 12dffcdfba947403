{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-network-policies.labels" -}}
{{ include "bp-network-policies.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-network-policies.selectorLabels" -}}
app.kubernetes.io/name: network-policies
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Whom a rule selects: every pod outside of the exempt namespaces. */}}
{{- define "bp-network-policies.endpointSelector" -}}
{{- with .Values.baseline.exemptNamespaces -}}
matchExpressions:
  - key: k8s:io.kubernetes.pod.namespace
    operator: NotIn
    values: {{ toJson . }}
{{- else -}}
{}
{{- end -}}
{{- end }}

{{/* Whether what no rule allows is dropped. All rules say the same: one that denies would make all of them deny. */}}
{{- define "bp-network-policies.enforced" -}}
{{- if not (has .Values.baseline.mode (list "observe" "enforce")) -}}
{{- fail (printf "baseline.mode is %q: observe or enforce" .Values.baseline.mode) -}}
{{- end -}}
{{ eq .Values.baseline.mode "enforce" }}
{{- end }}

{{/* Head of a rule. name, root. */}}
{{- define "bp-network-policies.head" -}}
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: baseline-{{ .name }}
  labels:
    {{- include "bp-network-policies.labels" (dict "root" .root "component" "baseline") | nindent 4 }}
spec:
  endpointSelector:
    {{- include "bp-network-policies.endpointSelector" .root | nindent 4 }}
  enableDefaultDeny:
    ingress: {{ include "bp-network-policies.enforced" .root }}
    egress: {{ include "bp-network-policies.enforced" .root }}
{{- end }}
