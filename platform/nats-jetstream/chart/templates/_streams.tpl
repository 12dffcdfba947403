{{/* The configuration of each stream, as JSON, by file name. Ages are nanoseconds; nothing is deleted from the audit. */}}
{{- define "bp-nats-jetstream.streams" -}}
{{- with .Values.natsJetstreamOverlay.streams -}}
{{- if not (regexMatch "^[1-9][0-9]*h$" .eventsMaxAge) -}}
{{- fail (printf "natsJetstreamOverlay.streams.eventsMaxAge is %s: give whole hours, such as 24h" .eventsMaxAge) -}}
{{- end -}}
{{- $common := dict "retention" "limits" "storage" "file" "discard" "old" "num_replicas" (int .replicas) "max_consumers" -1 "max_msgs" -1 "max_bytes" -1 "max_msg_size" -1 -}}
catalyst-audit.json: |
  {{ merge (dict "name" "catalyst-audit" "subjects" (list "catalyst.audit" "catalyst.audit.>") "max_age" 0 "deny_delete" true "deny_purge" true) $common | toJson }}
catalyst-events.json: |
  {{ merge (dict "name" "catalyst-events" "subjects" (list "catalyst.events" "catalyst.events.>") "max_age" (mul (trimSuffix "h" .eventsMaxAge | int64) 3600000000000)) $common | toJson }}
{{- end -}}
{{- end }}
