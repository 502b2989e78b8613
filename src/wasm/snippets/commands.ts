import {
  type Deployment,
  fileOf,
  imageOf,
  objectionsOf,
  referenceOf,
  SECRET,
} from './deployment.ts'
import { comment, comments, shellLine, yamlDocument } from './quoting.ts'

const FILE = 'filter.wasm'
// semver.org, without build metadata: a tag cannot have a plus.
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/

/** wkg: `wkg oci pull`, and `wkg get` where repository and tag are those of a package. */
export function wkg(deployment: Deployment): string {
  const { host, secure, tag } = deployment
  const name = packageOf(deployment)
  const insecure = secure ? [] : ['--insecure', host]
  return [
    comments(objectionsOf('wkg', deployment)),
    comment('With an account: docker login stores one that wkg finds, or add -u and -p.'),
    shellLine('wkg', 'oci', 'pull', ...insecure, '-o', FILE, referenceOf(deployment)),
    ...(name !== undefined
      ? [
          comment('The same as a package of this registry:'),
          ...(secure
            ? []
            : [comment(`its config.toml needs: [registry."${host}".oci] protocol = "http"`)]),
          shellLine('wkg', 'get', '--registry', host, '-o', `./${FILE}`, `${name}@${tag}`),
        ]
      : []),
  ].join('')
}

/** `namespace:name`, if repository and tag are those of a package. */
function packageOf({ repository, tag, namespacePrefix }: Deployment): string | undefined {
  const prefix = namespacePrefix === undefined ? '' : `${namespacePrefix}/`
  if (!repository.startsWith(prefix) || tag === undefined || !SEMVER.test(tag)) return undefined
  const [namespace = '', name = '', ...more] = repository.slice(prefix.length).split('/')
  return name !== '' && more.length === 0 ? `${namespace}:${name}` : undefined
}

/** oras 1.x: by digest, so that what is pulled is what is meant. */
export function oras(deployment: Deployment): string {
  const { host, secure, digest } = deployment
  const image = imageOf(deployment)
  // The name localhost is the one that oras takes for plain http by itself.
  const plain = secure || /^localhost(?::\d+)?$/.test(host) ? [] : ['--plain-http']
  const login = shellLine('oras', 'login', ...plain, host)
  return [
    comment('With an account:'),
    comment(`  ${login.trimEnd()}`),
    ...(deployment.artifact.children.length > 0
      ? [shellLine('oras', 'pull', ...plain, '--platform', 'linux/amd64', `${image}@${digest}`)]
      : pull(deployment, plain)),
  ].join('')
}

function pull(deployment: Deployment, plain: readonly string[]): string[] {
  const image = imageOf(deployment)
  const { digest, inArchive, title } = fileOf(deployment)
  if (!inArchive && title !== undefined) {
    return [
      comment(`It writes ${title}.`),
      shellLine('oras', 'pull', ...plain, `${image}@${deployment.digest}`),
    ]
  }
  const blob = ['oras', 'blob', 'fetch', ...plain, '--output']
  if (!inArchive) return [shellLine(...blob, FILE, `${image}@${digest}`)]
  return [
    comment('The module lies in an archive:'),
    `${shellLine(...blob, '-', `${image}@${digest}`).trimEnd()} | tar -xzO plugin.wasm > plugin.wasm\n`,
  ]
}

/** A Secret to be filled in: no password is ever written into a text like this. */
export function kubernetesSecret({ host }: Deployment): string {
  const login = { username: 'USERNAME', password: 'PASSWORD' }
  return yamlDocument(
    [
      'Put in an account that may pull, or have it made whole:',
      `  ${shellLine('wasmoor', 'secret', '--host', host, '--username', 'USERNAME').trimEnd()} | kubectl apply -f -`,
      'Pullers look in the namespace of the resource that names the Secret: one is needed in each.',
    ],
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...SECRET },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [host]: login } }) },
    },
  )
}
