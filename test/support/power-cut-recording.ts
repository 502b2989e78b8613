import type { Disk } from '../../storage/files/disk.ts'
import type { KeyValue } from '../../storage/index-kv/key-value.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { assemble } from '../../storage/storage.ts'
import { Registry } from '../../src/registry/registry.ts'
import { CollectionPass } from '../../src/registry/upkeep/collection-pass.ts'
import { audit, type Ending } from './audit.ts'
import { contentOf } from './artifact.ts'
import { InProcessAccess } from './in-process-access.ts'
import { type Fact, Ledger, type LedgerMark } from './ledger.ts'
import { emptyDisk, MemoryDisk } from './memory-disk.ts'
import { copy, type Cut, type Origin, powerCuts, type Remains } from './power-cut.ts'
import { Pusher } from './pusher.ts'
import { KeptLog } from './kept-log.ts'
import { RecordingKeyValue } from './recording-key-value.ts'
import { allRows, rowFaults } from './row-consistency.ts'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { turns } from './turns.ts'
import { registrySettings } from './registry-settings.ts'

export interface RecordingOptions {
  readonly seed: number
  /** Operations of each pusher. */
  readonly steps: number
  readonly origin: Origin
  /** Whether pushers delete most of their content again, so that collection has much to do. */
  readonly fickle?: boolean
  /** The content acknowledged before. */
  readonly before?: Ledger
  /** Replacements that leave out syncs on purpose. */
  readonly disk?: (disk: Disk) => Disk
  readonly store?: (store: KeyValue) => KeyValue
}

export interface Recording {
  readonly trace: Trace<LedgerMark>
  readonly origin: Origin
  readonly before: Ledger
}

const PUSHERS = ['ann', 'ben', 'cat']
const SIZES = [50, 3_000, 17_000, 60_000, 280_000]

/** An empty disk. */
export function bareOrigin(): Origin {
  return { disk: emptyDisk(), entries: new Map() }
}

/** A new store without content. */
export async function freshOrigin(): Promise<Origin> {
  const store = new MemoryKeyValue()
  const disk = emptyDisk()
  await assemble(store, new MemoryDisk(disk), { durable: true, log: new KeptLog() })
  return { disk, entries: new Map(await allRows(store)) }
}

/** Runs several pushers on one registry and records all operations of its disk and index. */
export async function recordPushers(options: RecordingOptions): Promise<Recording> {
  const { seed, steps, origin, before = new Ledger(), fickle = false } = options
  const random = new SeededRandom(seed)
  const trace = new Trace<LedgerMark>()
  const recorder = {
    trace,
    pause: () => turns(random.between(1, 12)),
  }
  const { disk, entries } = copy(origin)
  const store = new RecordingKeyValue(entries, recorder)
  const storage = await assemble(
    options.store?.(store) ?? store,
    options.disk?.(new MemoryDisk(disk, recorder)) ?? new MemoryDisk(disk, recorder),
    { durable: true, log: new KeptLog() },
  )
  const registry = new Registry(storage, new KeptLog(), registrySettings())
  const access = new InProcessAccess(registry)
  const ledger = new Ledger(before.contents, before.certain())
  const shared = SIZES.map((size) => contentOf(new SeededRandom(size).bytes(size)))
  const pushers = PUSHERS.map((name) => {
    const others = PUSHERS.filter((other) => other !== name)
    return new Pusher(access, random, {
      name,
      repositories: [`${name}/one`, `${name}/two`],
      neighbours: others.map((other) => `${other}/one`),
      shared,
      sizes: SIZES,
      fickle,
      ledger,
      record(mark) {
        ledger.apply(mark)
        trace.mark(mark)
      },
    })
  })
  const state = { pushing: true }
  const collected = (async () => {
    while (state.pushing) await collectBlobs(registry, recorder.pause)
  })()
  await Promise.all(
    pushers.map(async (pusher) => {
      for (let step = 0; step < steps; step++) await pusher.step()
    }),
  ).finally(() => (state.pushing = false))
  await collected
  return { trace, origin, before }
}

/** Collects unlinked blobs and orphaned keys, which no pusher relies on. */
async function collectBlobs({ context }: Registry, pause: () => Promise<void>): Promise<void> {
  const now = context.now()
  const pass = new CollectionPass(context, {
    cutoffs: { manifest: undefined, link: undefined, blob: now, key: now },
    untagged: () => false,
    dryRun: false,
    batch: 16,
    pace: { spend: pause },
  })
  await pass.run()
  await pause()
  if (pass.counts.failures > 0) throw new Error('collection could not delete files')
}

export interface SearchOptions {
  readonly random: SeededRandom
  /** Combinations of lost operations for each place of the trace. */
  readonly most: number
  /** Places of the trace; all of them if absent. */
  readonly places?: Iterable<number>
}

export interface SearchResult {
  readonly states: number
  readonly broken?: { readonly cut: Cut; readonly faults: readonly string[] }
}

/** Searches for a power cut that loses acknowledged content or leaves an inconsistent store. */
export async function searchBrokenPromise(
  { trace, origin, before }: Recording,
  { random, most, places = range(trace.length + 1) }: SearchOptions,
): Promise<SearchResult> {
  let states = 0
  for (const at of places) {
    for (const { cut, remains } of powerCuts(trace, origin, at, { random, most })) {
      states++
      const { faults } = await examine(remains, ledgerAt(trace, before, at), 'power cut')
      if (faults.length > 0) return { states, broken: { cut, faults } }
    }
  }
  return { states }
}

/** Picks one power cut at random, as the origin of the next recording. */
export async function cutSomewhere(
  { trace, origin, before }: Recording,
  random: SeededRandom,
): Promise<{ origin: Origin; before: Ledger }> {
  const at = random.below(trace.length + 1)
  const [, , third] = powerCuts(trace, origin, at, { random, most: 3 })
  const [chosen] = third ? [third] : powerCuts(trace, origin, at, { random, most: 1 })
  const { remains } = chosen!
  const ledger = ledgerAt(trace, before, at)
  const { settled } = await examine(copy(remains), ledger, 'power cut, uploads left')
  ledger.settle(settled)
  return { origin: remains, before: ledger }
}

/** Opens the rest of a power cut as the next process would, and checks all of it. */
async function examine(
  { disk: state, entries }: Remains,
  ledger: Ledger,
  ending: Ending,
): Promise<{ faults: string[]; settled: readonly Fact[] }> {
  const disk = new MemoryDisk(state)
  const store = new MemoryKeyValue(entries)
  try {
    const storage = await assemble(store, disk, { durable: true, log: new KeptLog() })
    const registry = new Registry(storage, new KeptLog(), registrySettings())
    await registry.uploads.sweep()
    const rows = await allRows(store)
    const access = new InProcessAccess(registry)
    const faults = rowFaults(rows)
    for (const [key, value] of rows.filter(([row]) => row.startsWith('blob!'))) {
      const blob = JSON.parse(Buffer.from(value).toString()) as { key: string; size: number }
      if ((await storage.blobs.stat(blob.key)) !== blob.size) faults.push(`${key} has no bytes`)
    }
    // Collection continues, and must delete no acknowledged content.
    await collectBlobs(registry, async () => undefined)
    const result = await audit(access, ledger, ending)
    if (disk.openFiles > 0) faults.push(`${disk.openFiles} files stay open`)
    return { faults: [...faults, ...result.faults], settled: result.settled }
  } catch (error) {
    return { faults: [`failed: ${(error as Error).stack}`], settled: [] }
  }
}

function ledgerAt(trace: Trace<LedgerMark>, before: Ledger, at: number): Ledger {
  const ledger = new Ledger(before.contents, before.certain())
  for (const { at: place, mark } of trace.marks) {
    if (place >= at) break
    ledger.apply(mark)
  }
  return ledger
}

function* range(end: number): Generator<number> {
  for (let place = 0; place < end; place++) yield place
}
