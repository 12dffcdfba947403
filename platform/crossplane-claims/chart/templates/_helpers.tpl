{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-crossplane-claims.labels" -}}
{{ include "bp-crossplane-claims.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-crossplane-claims.selectorLabels" -}}
app.kubernetes.io/name: crossplane-claims
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of a package. package: its registry, repository and tag; path: where it stands in the values, for the message. */}}
{{- define "bp-crossplane-claims.package" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to install" .path) .package.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .package.registry }}/{{ .package.repository }}:{{ $tag }}
{{- end }}

{{/* The kinds of claim, each with its plural and its text below files/compositions. */}}
{{- define "bp-crossplane-claims.kinds" -}}
- {kind: RegionClaim, plural: regionclaims, file: region}
- {kind: ClusterClaim, plural: clusterclaims, file: cluster}
- {kind: NodePoolClaim, plural: nodepoolclaims, file: nodepool}
- {kind: LoadBalancerClaim, plural: loadbalancerclaims, file: loadbalancer}
- {kind: PeeringClaim, plural: peeringclaims, file: peering}
- {kind: NodeActionClaim, plural: nodeactionclaims, file: nodeaction}
{{- end }}

{{/* Head of a definition. kind, plural. */}}
{{- define "bp-crossplane-claims.definition" -}}
apiVersion: apiextensions.crossplane.io/v1
kind: CompositeResourceDefinition
metadata:
  name: x{{ .plural }}.compose.openova.io
  labels:
    {{- include "bp-crossplane-claims.labels" (dict "root" .root "component" "definition") | nindent 4 }}
spec:
  group: compose.openova.io
  names: {kind: X{{ .kind }}, plural: x{{ .plural }}}
  claimNames: {kind: {{ .kind }}, plural: {{ .plural }}}
  defaultCompositionRef:
    name: {{ .plural }}.hetzner
{{- end }}

{{/* The reference that every claim has beside its parameters. */}}
{{- define "bp-crossplane-claims.providerConfigRef" -}}
providerConfigRef:
  type: object
  description: The ProviderConfig with the credentials of the cloud.
  default: {name: {{ required "claims.providerConfigRef.name is empty: name the ProviderConfig of the infrastructure tree" .Values.claims.providerConfigRef.name }}}
  required: [name]
  properties:
    name: {type: string, minLength: 1, default: {{ .Values.claims.providerConfigRef.name }}, description: Its name.}
{{- end }}

{{/* Schema of a server type, and of a region. */}}
{{- define "bp-crossplane-claims.sku" -}}
type: string
pattern: {{ .Values.claims.skuPattern | squote }}
{{- end }}
{{- define "bp-crossplane-claims.region" -}}
type: string
enum: {{ keys .Values.claims.regions | sortAlpha | toJson }}
{{- end }}
