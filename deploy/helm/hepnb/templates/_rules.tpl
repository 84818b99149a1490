{{/* Rules of NetworkPolicies. */}}

{{- define "hepnb.dnsRule" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    # NodeLocal DNSCache, which many clusters have.
    - ipBlock:
        cidr: 169.254.20.10/32
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}

{{- define "hepnb.notebooks" -}}
{{- $names := include "hepnb.names" . | fromYaml -}}
- namespaceSelector:
    matchLabels:
      {{ $names.kind }}: {{ $names.userKind }}
  podSelector:
    matchLabels:
      {{ $names.role }}: {{ $names.notebook }}
{{- end }}

{{/* Policies see the addresses behind the Service `kubernetes`, not its own. */}}
{{- define "hepnb.apiServerRule" -}}
{{- $endpoints := .Values.apiServer.endpoints }}
{{- if not $endpoints }}
{{- $slice := lookup "discovery.k8s.io/v1" "EndpointSlice" "default" "kubernetes" }}
{{- range $endpoint := $slice.endpoints }}
{{- range $address := $endpoint.addresses }}
{{- range $port := $slice.ports }}
{{- $endpoints = append $endpoints (printf "%s:%v" $address $port.port) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $endpoints }}
- to:
    - ipBlock:
        cidr: {{ splitList ":" . | first }}/32
  ports:
    - {protocol: TCP, port: {{ splitList ":" . | last }}}
{{- else }}
{{- fail "Nothing says where the API server is: apiServer.endpoints is empty, and there is no cluster to ask. Set apiServer.endpoints to the addresses and the port, such as 192.0.2.1:6443, that this command prints: kubectl --namespace default get endpointslice kubernetes" }}
{{- end }}
{{- end }}

{{/* Takes a list of entries {cidr, except, ports}. */}}
{{- define "hepnb.egressRules" -}}
{{- range . }}
- to:
    - ipBlock:
        cidr: {{ .cidr }}
        {{- with .except }}
        except: {{ toJson . }}
        {{- end }}
  {{- with .ports }}
  ports:
    {{- range . }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
