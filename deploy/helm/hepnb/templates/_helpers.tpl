{{/* Names that the library has given; written by `make chart`. */}}
{{- define "hepnb.names" -}}
{{ .Files.Get "files/names.yaml" }}
{{- end }}

{{- define "hepnb.labels" -}}
app.kubernetes.io/name: hepnb
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Labels by which pods are selected. Takes a list of the root and the role. */}}
{{- define "hepnb.selector" -}}
{{- $names := include "hepnb.names" (first .) | fromYaml -}}
{{ $names.role }}: {{ last . }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
{{- end }}

{{/* An image. Takes a list of the root and the image's name. */}}
{{- define "hepnb.image" -}}
{{- $images := (first .).Values.images -}}
{{- get $images (last .) | default (printf "%s/%s:%s" $images.prefix (last .) ($images.tag | default (first .).Chart.AppVersion)) -}}
{{- end }}

{{- define "hepnb.pullSecrets" -}}
{{- range .Values.images.pullSecrets }}
- name: {{ . }}
{{- end }}
{{- end }}

{{/* What Pod Security asks of a pod at the level `restricted`. */}}
{{- define "hepnb.podSecurity" -}}
{{- $names := include "hepnb.names" . | fromYaml -}}
runAsNonRoot: true
runAsUser: {{ $names.userId }}
runAsGroup: {{ $names.groupId }}
fsGroup: {{ $names.groupId }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "hepnb.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The hub's account, as the API server calls it. */}}
{{- define "hepnb.hubUser" -}}
{{- $names := include "hepnb.names" . | fromYaml -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ $names.hub }}
{{- end }}

{{- define "hepnb.publicAddress" -}}
{{- if .Values.publicAddress -}}
{{ .Values.publicAddress }}
{{- else if .Values.ingress.enabled -}}
{{ ternary "https" "http" (not (empty .Values.ingress.tlsSecret)) }}://{{ .Values.ingress.host }}
{{- end -}}
{{- end }}

{{/* The Secret with the platform's own secrets: the site's, or the one that the chart makes. */}}
{{- define "hepnb.secretName" -}}
{{ .Values.existingSecret | default "hub" }}
{{- end }}

{{/* What the cluster holds of the release's Secret stays; what it lacks is drawn, once for all templates. */}}
{{- define "hepnb.secrets" -}}
{{- if not (hasKey .Values "drawnSecrets") }}
{{- $old := get (lookup "v1" "Secret" .Release.Namespace "hub") "data" | default dict }}
{{- $new := dict }}
{{- range list "proxy-token" "operator-token" "cookie-secret" }}
{{- $_ := set $new . (get $old . | default (printf "%x" (randBytes 32 | b64dec) | b64enc)) }}
{{- end }}
{{- if .Values.sharedPassword }}
{{- $drawn := get $old "password" | default (randAlphaNum 20 | b64enc) }}
{{- $_ := set $new "password" (ternary ($.Values.password | b64enc) $drawn (not (empty $.Values.password))) }}
{{- end }}
{{- $_ := set .Values "drawnSecrets" $new }}
{{- end }}
{{- toYaml .Values.drawnSecrets }}
{{- end }}
