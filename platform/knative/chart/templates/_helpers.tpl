{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-knative.labels" -}}
{{ include "bp-knative.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. The name is that of this chart, not of
the component: the Services of the subchart select by name and release, and must not find our Jobs. */}}
{{- define "bp-knative.selectorLabels" -}}
app.kubernetes.io/name: bp-knative
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. Takes image (registry, repository, tag, digest) and path (where it stands in the values, for the
message). With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts.
*/}}
{{- define "bp-knative.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The KnativeServing object. It is a template of a template, since it is either an object of this release or the text that the
Job applies: the definition of its kind comes with this very release, and Helm refuses an object whose kind the cluster does not
know yet. */}}
{{- define "bp-knative.knativeServing" -}}
{{- $serving := .Values.knativeOverlay.knativeServing -}}
{{- $fqdn := required "knativeOverlay.knativeServing.sovereignFqdn is empty: give the domain below which services get their addresses" $serving.sovereignFqdn -}}
{{- $ingress := $serving.ingress -}}
apiVersion: operator.knative.dev/v1beta1
kind: KnativeServing
metadata:
  name: knative-serving
  namespace: {{ $serving.namespace }}
  labels:
    {{- include "bp-knative.labels" (dict "root" . "component" "serving") | nindent 4 }}
  annotations:
    # Whoever applies it, it belongs to this release.
    meta.helm.sh/release-name: {{ .Release.Name }}
    meta.helm.sh/release-namespace: {{ .Release.Namespace }}
spec:
  high-availability:
    replicas: {{ $serving.highAvailability.replicas }}
  ingress:
    istio:
      enabled: {{ $ingress.istio.enabled }}
    contour:
      enabled: {{ $ingress.contour.enabled }}
    kourier:
      enabled: {{ $ingress.kourier.enabled }}
  {{- with .Values.global.imageRegistry }}
  registry:
    override:
      {{- range list "activator" "autoscaler" "autoscaler-hpa" "controller" "webhook" }}
      {{ . }}: {{ $.Values.global.imageRegistry | trimSuffix "/" }}/gcr.io/knative-releases/knative.dev/serving/cmd/{{ . }}:{{ $serving.imageTag }}
      {{- end }}
      queue-proxy: {{ . | trimSuffix "/" }}/gcr.io/knative-releases/knative.dev/serving/cmd/queue:{{ $serving.imageTag }}
  {{- end }}
  config:
    {{- $config := deepCopy $serving.config }}
    {{- $_ := set $config "domain" (dict $fqdn "") }}
    {{- if $ingress.gatewayApi.enabled }}
    {{- $_ := set $config "network" (merge (dict "ingress-class" "gateway-api.ingress.networking.knative.dev") (default dict $config.network)) }}
    {{- end }}
    {{- if eq (index (default dict $serving.config.network) "external-domain-tls" | default "Disabled") "Enabled" }}
    {{- $_ := set $config "certmanager" (dict "issuerRef" (printf "kind: ClusterIssuer\nname: %s\n" $serving.issuer)) }}
    {{- end }}
    {{- toYaml $config | nindent 4 }}
{{- end }}
