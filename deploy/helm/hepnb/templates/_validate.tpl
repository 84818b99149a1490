{{/* How many MiB a size is that the schema has let through. */}}
{{- define "hepnb.mebibytes" -}}
{{- $unit := regexFind "[a-zA-Z]+" . | lower | trunc 1 -}}
{{- mul (regexFind "[0-9]+" .) (get (dict "m" 1 "g" 1024 "t" 1048576) $unit) -}}
{{- end }}

{{/* What a schema cannot say: values that exclude each other, and what other releases have taken. */}}
{{- define "hepnb.validate" -}}
{{- $values := .Values }}
{{- if not (or $values.sharedPassword $values.config) }}
{{- fail "Nobody could log in: sharedPassword is false and config is empty. Choose an authenticator with --set-file config=FILE, or set sharedPassword to true." }}
{{- end }}
{{- if and $values.sharedPassword $values.adminUsers }}
{{- fail "adminUsers are named, but with sharedPassword whoever knows the password could be one of them. Choose an authenticator with --set-file config=FILE and --set sharedPassword=false, or name none." }}
{{- end }}
{{- if and $values.existingSecret $values.password }}
{{- fail "existingSecret and password are both set. Put the password into the Secret under the key password, and leave the value empty." }}
{{- end }}
{{- if eq $values.existingSecret "hub" }}
{{- fail "existingSecret is 'hub', the name of the Secret that the chart makes itself and that Helm deletes where it is no longer part of the release. Give the site's Secret another name." }}
{{- end }}
{{- if hasPrefix "kube-" $values.prefix }}
{{- fail (printf "The prefix '%s' begins with kube-, which Kubernetes keeps for itself. Set prefix to something else." $values.prefix) }}
{{- end }}
{{- if and $values.home.onExecutors (ne $values.home.accessMode "ReadWriteMany") }}
{{- fail "home.onExecutors is true, but executors run on several nodes and home.accessMode is not ReadWriteMany. Set it to ReadWriteMany with a storage class that can do that, or home.onExecutors to false." }}
{{- end }}
{{- if gt (include "hepnb.mebibytes" $values.home.size | int64) (include "hepnb.mebibytes" $values.quota.storage | int64) }}
{{- fail (printf "home.size is %s, but quota.storage is %s: no home would fit its user's quota. Raise quota.storage, or lower home.size." $values.home.size $values.quota.storage) }}
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.host) }}
{{- fail "ingress.enabled is true, but ingress.host is empty. Say under which host name users find the platform." }}
{{- end }}
{{- if and $values.userHosts (not (include "hepnb.publicAddress" .)) }}
{{- fail "userHosts is true, but the platform has no host name. Set publicAddress, or enable the Ingress with ingress.host." }}
{{- end }}
{{- $policies := lookup "admissionregistration.k8s.io/v1" "ValidatingAdmissionPolicy" "" "" }}
{{- range $policies.items }}
{{- $notes := .metadata.annotations | default dict }}
{{- $other := get $notes "hepnb/prefix" }}
{{- $ours := and (eq (get $notes "meta.helm.sh/release-name") $.Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") $.Release.Namespace) }}
{{- if and $other (not $ours) (or (hasPrefix $other $values.prefix) (hasPrefix $values.prefix $other)) }}
{{- fail (printf "The prefix '%s' meets '%s' of the release '%s' in the namespace '%s': they would share users' namespaces. Set prefix to something else." $values.prefix $other (get $notes "meta.helm.sh/release-name") (get $notes "meta.helm.sh/release-namespace")) }}
{{- end }}
{{- end }}
{{- end }}
