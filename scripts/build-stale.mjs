/** Compiles to dist/ when a source is newer than the last build that succeeded; otherwise does nothing. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const sources = ['src', 'storage', 'tsconfig.json', 'tsconfig.build.json']
const stamp = join(root, 'dist/.built')

if (newest() >= modified(stamp)) build()

function build() {
  const started = new Date()
  const tsc = join(root, 'node_modules/.bin/tsc')
  const options = { cwd: root, stdio: 'inherit' }
  const { status, error } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], options)
  if (error) process.stderr.write(`cannot compile, run npm ci first: ${error.message}\n`)
  if (status !== 0) process.exit(1)
  writeFileSync(stamp, '')
  // When it began, not when it ended: a source saved in between is stale.
  utimesSync(stamp, started, started)
}

/** Directories count too: theirs is the time at which a file was last added or removed. */
function newest() {
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
