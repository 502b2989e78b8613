export interface SecretWanted {
  readonly host: string
  readonly account: string
  readonly password: string
  readonly name: string
  readonly namespace: string
}

/**
 * A Secret of type `kubernetes.io/dockerconfigjson`, as YAML. JSON strings are YAML strings, so nothing that is typed can become
 * more than a value.
 */
export function secretDocument({ host, account, password, name, namespace }: SecretWanted): string {
  const config = JSON.stringify({ auths: { [host]: { username: account, password } } })
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    `  namespace: ${JSON.stringify(namespace)}`,
    'type: kubernetes.io/dockerconfigjson',
    'stringData:',
    `  .dockerconfigjson: ${JSON.stringify(config)}`,
    '',
  ].join('\n')
}
