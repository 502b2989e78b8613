import { stringify } from 'yaml'

/** What a puller needs to know to log in. */
export interface Login {
  /** HOST[:PORT], as it stands in the names of images. */
  readonly host: string
  readonly username: string
  readonly password: string
}

/**
 * The entry of docker's config.json. Pullers differ in which of the fields they read, so all three are there: the guides
 * to meshes write username and password, docker reads auth only.
 */
export function dockerConfig({ host, username, password }: Login): object {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  return { auths: { [host]: { username, password, auth } } }
}

/** A Secret of Kubernetes, for `kubectl apply -f -`. */
export function kubernetesSecret(login: Login, name: string, namespace: string): string {
  const json = JSON.stringify(dockerConfig(login))
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(json).toString('base64') },
    },
    { lineWidth: 0 },
  )
}
