{{/* What the helpers below have in common: they take (dict "root" $ ...), and their names begin with that of the chart. */}}

{{/* Labels of every object. component: the part of the Blueprint that the object belongs to. */}}
{{- define "bp-self-sovereign-cutover.labels" -}}
{{ include "bp-self-sovereign-cutover.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: catalyst
openova.io/blueprint: {{ .root.Chart.Name }}
openova.io/blueprint-version: {{ .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* The labels that never change between two versions, so that a selector may use them. */}}
{{- define "bp-self-sovereign-cutover.selectorLabels" -}}
app.kubernetes.io/name: self-sovereign-cutover
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Reference of an image. Takes image (registry, repository, tag, digest) and path (where it stands in the values, for the
message). With global.imageRegistry R it is R/<registry>/<repository>:<tag>, so that one mirror can hold images of many hosts.
*/}}
{{- define "bp-self-sovereign-cutover.image" -}}
{{- $tag := required (printf "%s.tag is empty: name the version to run" .path) .image.tag -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.registry }}/{{ .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* What a run of the cutover does, in one word. A change of it makes new Jobs, since the API refuses to edit one, and a step of
an earlier run does not count for the next. */}}
{{- define "bp-self-sovereign-cutover.run" -}}
{{- $scripts := dict -}}
{{- range $path, $bytes := .Files.Glob "files/steps/*.sh" }}{{ $_ := set $scripts $path (toString $bytes) }}{{ end -}}
{{- list (omit .Values.cutover "triggered") .Values.images .Values.global $scripts .Chart.Version | toJson | sha256sum | trunc 8 -}}
{{- end }}

{{/* Registries among the hosts to leave behind. */}}
{{- define "bp-self-sovereign-cutover.registries" -}}
{{- $registries := list -}}
{{- range .Values.cutover.upstreamHosts }}{{ if not (has . $.Values.cutover.gitHosts) }}{{ $registries = append $registries . }}{{ end }}{{ end -}}
{{- join " " $registries -}}
{{- end }}

{{/* The Job of one step. Takes root, number (from 1) and step. It waits for the step before it, by watching the status. */}}
{{- define "bp-self-sovereign-cutover.job" -}}
{{- $root := .root -}}
{{- $cutover := $root.Values.cutover -}}
{{- $run := include "bp-self-sovereign-cutover.run" $root -}}
{{- if not ($root.Files.Get (printf "files/steps/%s.sh" .step)) -}}
{{- fail (printf "cutover.steps names %s, which is no file under files/steps" .step) -}}
{{- end -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: cutover-{{ .number }}-{{ .step }}-{{ $run }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "bp-self-sovereign-cutover.labels" (dict "root" $root "component" .step) | nindent 4 }}
spec:
  # A step compares before it writes, so trying again is safe. The proof is not tried again: it failed.
  backoffLimit: {{ ternary 0 3 (eq .number (len $cutover.steps)) }}
  activeDeadlineSeconds: {{ add (int $cutover.deadlineSeconds) (int $cutover.waitSeconds) }}
  template:
    metadata:
      labels:
        {{- include "bp-self-sovereign-cutover.labels" (dict "root" $root "component" .step) | nindent 8 }}
    spec:
      restartPolicy: Never
      serviceAccountName: cutover-{{ .step }}
      automountServiceAccountToken: true
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        runAsGroup: 65534
        seccompProfile:
          type: RuntimeDefault
      {{- if gt .number 1 }}
      {{- $before := index $cutover.steps (sub .number 2) }}
      initContainers:
        - name: wait
          image: {{ include "bp-self-sovereign-cutover.image" (dict "root" $root "image" $root.Values.images.job "path" "images.job") }}
          command: [kubectl]
          args:
            - wait
            - configmap/cutover-status
            - --for=jsonpath={.data.{{ $before }}}=done-{{ $run }}
            - --timeout={{ int $cutover.waitSeconds }}s
          resources:
            {{- toYaml $cutover.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
          env:
            - {name: HOME, value: /tmp}
      {{- end }}
      containers:
        - name: step
          image: {{ include "bp-self-sovereign-cutover.image" (dict "root" $root "image" $root.Values.images.job "path" "images.job") }}
          command: [/bin/sh, /scripts/run.sh]
          env:
            - {name: STEP, value: {{ .step }}}
            - {name: NUMBER, value: {{ .number | quote }}}
            - {name: STEPS, value: {{ len $cutover.steps | quote }}}
            - {name: RUN, value: {{ $run | quote }}}
            - name: NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - {name: HOME, value: /tmp}
            - {name: UPSTREAM_HOSTS, value: {{ join " " $cutover.upstreamHosts | quote }}}
            - {name: REGISTRIES, value: {{ include "bp-self-sovereign-cutover.registries" $root | quote }}}
            - {name: GIT_HOST, value: {{ $cutover.git.host | quote }}}
            - {name: GIT_URL, value: {{ $cutover.git.url | quote }}}
            - {name: GIT_ORGANIZATION, value: {{ $cutover.git.organization | quote }}}
            - {name: GIT_ADMIN_SECRET, value: {{ $cutover.git.admin.secretName | quote }}}
            - {name: GIT_ADMIN_NAMESPACE, value: {{ $cutover.git.admin.namespace | quote }}}
            - {name: REGISTRY_HOST, value: {{ $cutover.registry.host | quote }}}
            - {name: REGISTRY_ADMIN_SECRET, value: {{ $cutover.registry.admin.secretName | quote }}}
            - {name: REGISTRY_ADMIN_KEY, value: {{ $cutover.registry.admin.key | quote }}}
            - {name: REGISTRY_ADMIN_NAMESPACE, value: {{ $cutover.registry.admin.namespace | quote }}}
            - {name: PARALLELISM, value: {{ int $cutover.prewarm.parallelism | quote }}}
            - {name: EXTRA_IMAGES, value: {{ join " " $cutover.prewarm.images | quote }}}
            - {name: API_NAMESPACE, value: {{ $cutover.api.namespace | quote }}}
            - {name: API_DEPLOYMENT, value: {{ $cutover.api.deployment | quote }}}
            - {name: API_VARIABLE, value: {{ $cutover.api.variable | quote }}}
            - {name: MINUTES, value: {{ int $cutover.egressBlock.minutes | quote }}}
          resources:
            {{- toYaml $cutover.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - {name: scripts, mountPath: /scripts, readOnly: true}
            - {name: manifests, mountPath: /manifests, readOnly: true}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - name: scripts
          configMap: {name: cutover-scripts}
        - name: manifests
          configMap: {name: cutover-manifests}
        - name: tmp
          emptyDir: {sizeLimit: 512Mi}
{{- end }}
