{{/* A Job that runs one script of files/ once. Its pods cannot be changed once they are there, so its name ends in a checksum of what it
does: a change makes a new Job, and what is unchanged stays. root, job: the beginning of the name, script, args, env (a YAML list). */}}
{{- define "bp-cnpg-pair.setupJob" -}}
{{- $pod := include "bp-cnpg-pair.setupPod" . -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .job }}-{{ printf "%s%s" $pod (.root.Files.Get (printf "files/%s" .script)) | sha256sum | trunc 8 }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "bp-cnpg-pair.labels" (dict "root" .root "component" "setup") | nindent 4 }}
spec:
  backoffLimit: {{ .root.Values.setup.backoffLimit }}
  template:
    metadata:
      labels:
        # Only labels that stay: with the version among them, the same Job could not be applied again.
        {{- include "bp-cnpg-pair.selectorLabels" (dict "root" .root "component" "setup") | nindent 8 }}
    spec:
      {{- $pod | nindent 6 }}
{{- end }}

{{/* The pod of such a Job: no rights on the node, and the API under an account of its own. */}}
{{- define "bp-cnpg-pair.setupPod" -}}
restartPolicy: OnFailure
serviceAccountName: cnpg-pair-setup
automountServiceAccountToken: true
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: setup
    image: {{ include "bp-cnpg-pair.image" (dict "root" .root "image" .root.Values.images.tools "path" "images.tools") }}
    imagePullPolicy: IfNotPresent
    command: [bash, /scripts/{{ .script }}]
    {{- with .args }}
    args:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
    env:
      - {name: HOME, value: /tmp}
      {{- with .env }}
      {{- . | nindent 6 }}
      {{- end }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    resources:
      {{- toYaml .root.Values.setup.resources | nindent 6 }}
    volumeMounts:
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: tmp, mountPath: /tmp}
volumes:
  - name: scripts
    configMap: {name: cnpg-pair-setup}
  - name: tmp
    emptyDir: {medium: Memory, sizeLimit: 16Mi}
{{- end }}
