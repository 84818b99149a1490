{{/* Conditions of policies: by whom something is asked, and who owns something. */}}

{{/* Service accounts of users' namespaces; no other namespace begins with the prefix. */}}
{{- define "hepnb.byUsers" -}}
- name: by-a-user
  expression: request.userInfo.username.startsWith('system:serviceaccount:{{ .Values.prefix }}')
{{- end }}

{{/* Kubernetes deletes what names an owner that is not there: a made-up one does not help. Takes the names. */}}
{{- define "hepnb.ownedByNotebook" -}}
[object.metadata.?ownerReferences.orValue([])].all(owners, owners.size() == 1 && owners[0].apiVersion == 'v1' && owners[0].kind == 'Pod' && owners[0].uid.size() <= 64 && (owners[0].name == '{{ .notebook }}' || owners[0].name.startsWith('{{ .notebook }}--')))
{{- end }}

{{/* The class of pods of the platform, or of users. Takes a list of the root and `platform` or `users`. */}}
{{- define "hepnb.priorityClass" -}}
{{- get (first .).Values.priorityClasses (last .) | default (printf "%s-%s" (first .).Release.Name (last .)) -}}
{{- end }}

{{/* An image without its tag or digest; a colon before the last slash is of a port. */}}
{{- define "hepnb.repository" -}}
{{- $name := splitList "@" . | first -}}
{{- $last := splitList "/" $name | last -}}
{{- trimSuffix $last $name }}{{ splitList ":" $last | first -}}
{{- end }}
