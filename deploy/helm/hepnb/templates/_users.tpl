{{/* Conditions of policies: by whom something is asked, and who owns something. */}}

{{/* Service accounts of users' namespaces; no other namespace begins with the prefix. */}}
{{- define "hepnb.byUsers" -}}
- name: by-a-user
  expression: request.userInfo.username.startsWith('system:serviceaccount:{{ .Values.prefix }}')
{{- end }}

{{/* Kubernetes deletes what names an owner that is not there, where the name can be looked up at all. Takes the names. */}}
{{- define "hepnb.ownedByNotebook" -}}
[object.metadata.?ownerReferences.orValue([])].all(owners, owners.size() == 1 && owners[0].apiVersion == 'v1' && owners[0].kind == 'Pod' && owners[0].name.matches('^{{ .notebook }}(--[a-z0-9-]{1,63})?$') && owners[0].uid.matches('^[0-9a-f-]{36}$'))
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

{{/* How large an object is, with everything that nobody looks at. Takes a number of bytes. */}}
{{- define "hepnb.notLargerThan" -}}
bytes('%s'.format([object])).size() <= {{ . }}
{{- end }}
