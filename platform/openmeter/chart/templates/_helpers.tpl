{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-openmeter.labels" -}}
{{ include "bp-openmeter.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. The name is that of this chart, not of
the component: the Services of the subchart select by name and release, and must not find our Jobs. */}}
{{- define "bp-openmeter.selectorLabels" -}}
app.kubernetes.io/name: bp-openmeter
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. Takes image (registry, repository, tag, digest) and path (where it stands in the values, for the
message). With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts.
*/}}
{{- define "bp-openmeter.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}
