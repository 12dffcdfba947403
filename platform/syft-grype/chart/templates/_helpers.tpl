{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-syft-grype.labels" -}}
{{ include "bp-syft-grype.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-syft-grype.selectorLabels" -}}
app.kubernetes.io/name: syft-grype
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. image: its registry, repository, tag and digest; path: where it stands in the values, for the message.
With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts. */}}
{{- define "bp-syft-grype.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Security of every container here. */}}
{{- define "bp-syft-grype.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Security of both pods: one user, so that both can use the volume. */}}
{{- define "bp-syft-grype.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}
