{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-catalyst-platform.labels" -}}
{{ include "bp-catalyst-platform.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-catalyst-platform.selectorLabels" -}}
app.kubernetes.io/name: catalyst-platform
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. Takes image (registry, repository, tag, digest) and path (where it stands in the values, for the
message). With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts.
*/}}
{{- define "bp-catalyst-platform.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The parts that run, as a list: name, port of its Service (0 for none), replicas, whether it elects a leader, and its image
key. */}}
{{- define "bp-catalyst-platform.parts" -}}

{{- $controllers := int .Values.controllers.replicas -}}
{{- $parts := list
  (dict "name" "console" "key" "console" "service" 80 "replicas" (int .Values.console.replicas) "kind" "pages")
  (dict "name" "api" "key" "api" "service" 8080 "replicas" (int .Values.api.replicas) "kind" "service")
  (dict "name" "catalog" "key" "catalog" "service" 8080 "replicas" (int .Values.api.replicas) "kind" "service")
  (dict "name" "provisioning" "key" "provisioning" "service" 8080 "replicas" (int .Values.api.replicas) "kind" "service")
  (dict "name" "projector" "key" "projector" "service" 8080 "replicas" (int .Values.projector.replicas) "kind" "service")
-}}
{{- if .Values.marketplace.enabled }}{{ $parts = append $parts (dict "name" "marketplace" "key" "marketplace" "service" 80 "replicas" (int .Values.marketplace.replicas) "kind" "pages") }}{{ end -}}
{{- if .Values.billing.enabled }}{{ $parts = append $parts (dict "name" "billing" "key" "billing" "service" 8080 "replicas" (int .Values.billing.replicas) "kind" "service") }}{{ end -}}
{{- range list "organization" "environment" "blueprint" "application" }}{{ $parts = append $parts (dict "name" (printf "%s-controller" .) "key" (printf "%sController" .) "service" 0 "replicas" $controllers "kind" "controller") }}{{ end -}}
{{- $parts = append $parts (dict "name" "useraccess-controller" "key" "userAccessController" "service" 0 "replicas" $controllers "kind" "controller") -}}
{{- if .Values.controllers.continuum.enabled }}{{ $parts = append $parts (dict "name" "continuum-controller" "key" "continuumController" "service" 0 "replicas" $controllers "kind" "controller") }}{{ end -}}
{{- $parts = append $parts (dict "name" "compliance-aggregator" "key" "complianceAggregator" "service" 0 "replicas" $controllers "kind" "controller") -}}
{{- toJson (dict "parts" $parts) -}}
{{- end }}
