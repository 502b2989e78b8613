import {
  type PublishedArtifact,
  fileOf,
  imageOf,
  MODULE_FILE,
  SECRET,
} from '../consumers/shared/deployment.ts'
import { comment, shellLine, yamlDocument } from '../consumers/shared/quoting.ts'

/** oras 1.x, by digest. */
export function oras(deployment: PublishedArtifact): string {
  const { host, secure, digest } = deployment
  const image = imageOf(deployment)
  // oras uses plain http by itself for the name localhost alone.
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

function pull(deployment: PublishedArtifact, plain: readonly string[]): string[] {
  const image = imageOf(deployment)
  const { digest, inArchive, title } = fileOf(deployment)
  if (!inArchive && title !== undefined) {
    return [
      comment(`It writes ${title}.`),
      shellLine('oras', 'pull', ...plain, `${image}@${deployment.digest}`),
    ]
  }
  const blob = ['oras', 'blob', 'fetch', ...plain, '--output']
  if (!inArchive) return [shellLine(...blob, MODULE_FILE, `${image}@${digest}`)]
  return [
    comment('The module is in an archive:'),
    `${shellLine(...blob, '-', `${image}@${digest}`).trimEnd()} | tar -xzO plugin.wasm > plugin.wasm\n`,
  ]
}

/** A Secret to fill in: such a text never contains a password. */
export function kubernetesSecret({ host }: PublishedArtifact): string {
  const login = { username: 'USERNAME', password: 'PASSWORD' }
  return yamlDocument(
    [
      'Fill in an account that may pull, or let wasmoor write the whole Secret:',
      `  ${shellLine('wasmoor', 'secret', '--host', host, '--username', 'USERNAME').trimEnd()} | kubectl apply -f -`,
      'A puller looks in the namespace of the resource that names the Secret: each namespace needs one.',
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
