import { join } from 'node:path'
import { execute } from './execute.ts'
import { cached, contentVersion, findOnPath } from './tools/cache.ts'
import { installCrate } from './tools/cargo.ts'
import { installDebianPackage } from './tools/debian.ts'
import { buildModule, buildSource } from './tools/go.ts'
import { installNodePackages, installPythonPackage } from './tools/packages.ts'
import { TOOLS, type Tool, type ToolName } from './versions.ts'

export interface InstalledTool {
  readonly path: string
  readonly version: string
}

const found = new Map<ToolName, Promise<InstalledTool>>()

/**
 * Finds a tool by name, and builds or installs it if it is missing. Tried once per tool.
 * @throws ToolUnavailable
 */
export function ensureTool(name: ToolName): Promise<InstalledTool> {
  const tool = found.get(name) ?? findTool(name)
  found.set(name, tool)
  return tool
}

async function findTool(name: ToolName): Promise<InstalledTool> {
  const tool: Tool = TOOLS[name]
  switch (tool.from) {
    case 'debian': {
      const program = tool.program ?? tool.package
      const path =
        (await findOnPath(program)) ?? (await installDebianPackage(tool.package, program))
      const { stdout } = await execute(path, ['--version'])
      return { path, version: stdout.toString().trim().split(' ').at(-1) ?? 'unknown' }
    }
    case 'go':
      return keep(name, tool.version, (workshop) => buildModule(tool, workshop))
    case 'go-source': {
      const source = join(import.meta.dirname, tool.folder)
      const version = await contentVersion(source, (file) => /\.go$|^go\./.test(file))
      return keep(name, version, (workshop) => buildSource(source, workshop))
    }
    case 'cargo':
      return keep(name, tool.version, (workshop) => installCrate(tool, workshop))
    case 'pypi':
      return keep(name, tool.version, (workshop) => installPythonPackage(tool, workshop))
    case 'npm': {
      const source = join(import.meta.dirname, tool.folder)
      const version = await contentVersion(source, (file) => /^package.*\.json$/.test(file))
      const folder = await keep(name, version, (workshop) => installNodePackages(source, workshop))
      return { version, path: join(folder.path, 'node_modules', '.bin', tool.program) }
    }
  }
}

async function keep(
  name: ToolName,
  version: string,
  build: (workshop: string) => Promise<string>,
): Promise<InstalledTool> {
  return { path: await cached(`${name}-${version}`, build), version }
}
