{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-openbao.labels" -}}
{{ include "bp-openbao.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-openbao.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. image: its registry, repository, tag and digest; path: where it stands in the values, for the message.
With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts. */}}
{{- define "bp-openbao.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Annotations of a hook behind the install. weight: its place among them. */}}
{{- define "bp-openbao.hook" -}}
helm.sh/hook: post-install,post-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* What the pods of both Jobs have in common. */}}
{{- define "bp-openbao.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
fsGroup: 65534
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "bp-openbao.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
