/**
 * Whether a client takes the entry under `key` of its dockerconfigjson for an image. Four families,
 * as their sources
 * have it: none of them asks how the others do.
 */
export type KeyRule = (key: string, host: string, repository: string) => boolean

const hostOf = (key: string) => key.replace(/^https?:\/\//, '').split('/')[0]!

/** docker: the very host, or any key that is the host once scheme and path are cut off. */
const docker: KeyRule = (key, host) => key === host || hostOf(key) === host

/** go-containerregistry (Istio, Envoy Gateway, crane): the repository, then what docker does. */
const goContainerRegistry: KeyRule = (key, host, repository) =>
  key === `${host}/${repository}` || docker(key, host, repository)

/**
 * containers/image (podman, skopeo): from the repository upwards; keys with a scheme are of old and
 * mean the host.
 */
const containersImage: KeyRule = (key, host, repository) => {
  if (/^https?:\/\//.test(key)) return hostOf(key) === host
  const segments = [host, ...repository.split('/')]
  return segments.some((_, last) => key === segments.slice(0, last + 1).join('/'))
}

/**
 * Kubernetes (kubelet, k8schain): host by label with globs, port equal, path a prefix of
 * characters.
 */
const kubernetes: KeyRule = (key, host, repository) => {
  const url = new URL(/^https?:\/\//.test(key) ? key : `https://${key}`)
  const keyHost = hostOf(key)
  const path = url.pathname.replace(/^\/v[12]\/(.*)$/, '/$1').replace(/\/$/, '')
  const [labels, port] = split(keyHost)
  const [wanted, wantedPort] = split(host)
  return (
    port === wantedPort &&
    labels.length === wanted.length &&
    labels.every((label, at) => glob(label).test(wanted[at]!)) &&
    `/${repository}`.startsWith(path)
  )
}

function split(host: string): [labels: string[], port: string | undefined] {
  const [name = '', port] = host.split(':')
  return [name.split('.'), port]
}

const glob = (label: string) => new RegExp(`^${label.replaceAll('*', '.*')}$`)

export const KEY_RULES: Readonly<Record<string, KeyRule>> = {
  docker,
  'go-containerregistry': goContainerRegistry,
  'containers/image': containersImage,
  Kubernetes: kubernetes,
}
