/** Builds to dist/ what is newer than its last build that succeeded; otherwise does nothing. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

const parts = [
  {
    sources: ['src', 'storage', 'tsconfig.json', 'tsconfig.build.json'],
    stamp: join(root, 'dist/.built'),
    command: [join(root, 'node_modules/.bin/tsc'), '-p', 'tsconfig.build.json'],
  },
  {
    sources: ['console', 'scripts/build-console.mjs'],
    stamp: join(root, 'dist/.console-built'),
    command: [process.execPath, join(root, 'scripts/build-console.mjs')],
  },
]

for (const { sources, stamp, command } of parts)
  if (newest(sources) >= modified(stamp)) build(stamp, command)

function build(stamp, [program, ...parameters]) {
  const started = new Date()
  const { status, error } = spawnSync(program, parameters, { cwd: root, stdio: 'inherit' })
  if (error) process.stderr.write(`cannot build, run npm ci first: ${error.message}\n`)
  if (status !== 0) process.exit(1)
  writeFileSync(stamp, '')
  // When it began, not when it ended: a source saved in between is stale.
  utimesSync(stamp, started, started)
}

/** Directories count too: theirs is the time at which a file was last added or removed. */
function newest(sources) {
  const below = sources.flatMap((source) => {
    const path = join(root, source)
    const names = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : []
    return [path, ...names.map((name) => join(path, String(name)))]
  })
  return Math.max(...below.map(modified))
}

/** Milliseconds since the epoch; 0 for what does not exist. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
