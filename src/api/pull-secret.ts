import { escapeCharacters } from '../base/control-characters.ts'

/** The credentials that a puller logs in with. */
export interface Login {
  /** HOST[:PORT] as in the names of images. */
  readonly host: string
  readonly username: string
  readonly password: string
}

/**
 * Docker's config.json. Pullers differ in which of the fields they read: docker reads `auth` only,
 * and the guides to meshes write `username` and `password`.
 */
export function dockerConfig({ host, username, password }: Login): object {
  return { auths: { [host]: { username, password, auth: base64(`${username}:${password}`) } } }
}

/** A Secret of type `kubernetes.io/dockerconfigjson`, as YAML for `kubectl apply -f -`. */
export function kubernetesSecret(login: Login, name: string, namespace: string): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: ${yamlString(name)}`,
    `  namespace: ${yamlString(namespace)}`,
    'type: kubernetes.io/dockerconfigjson',
    'stringData:',
    `  .dockerconfigjson: ${yamlString(JSON.stringify(dockerConfig(login)))}`,
    '',
  ].join('\n')
}

/**
 * A JSON string is a YAML string, but YAML wants more characters escaped (YAML 1.2, "Character
 * Set").
 */
function yamlString(text: string): string {
  return escapeCharacters(JSON.stringify(text), /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g)
}

/** Base64 of UTF-8, by functions that browsers have too. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
