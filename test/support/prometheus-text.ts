import assert from 'node:assert/strict'

/**
 * One series: `name{label="value"}` as it was written, with its labels in the order of their names.
 */
type Series = string

export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyMap<Series, number>
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const HEADER = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/**
 * Reads the text format of Prometheus (0.0.4) strictly: each family once, with help and type before
 * its samples; each series
 * once; counters that end in _total and are not negative; histograms whose buckets grow up to their
 * count.
 */
export function parseMetrics(text: string): Map<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line ends')
  const families = new Map<string, { type: string; help: string; samples: Map<Series, number> }>()
  let current = ''
  for (const line of text.split('\n').filter(Boolean)) {
    if (line.startsWith('#')) {
      const [, kind, name = '', rest = ''] = HEADER.exec(line) ?? assert.fail(line)
      const family = families.get(name) ?? { type: '', help: '', samples: new Map() }
      assert.equal(family[kind === 'HELP' ? 'help' : 'type'], '', `twice: ${line}`)
      assert.equal(family.samples.size, 0, `behind its samples: ${line}`)
      families.set(name, { ...family, [kind === 'HELP' ? 'help' : 'type']: rest })
      current = name
      continue
    }
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? assert.fail(line)
    const family = families.get(current) ?? assert.fail(`no family: ${line}`)
    assert.ok(belongs(name, current, family.type), `${line} is not of ${current}`)
    const key = seriesOf(name, readLabels(labels))
    assert.ok(!family.samples.has(key), `twice: ${line}`)
    family.samples.set(key, readValue(value))
  }
  for (const [name, family] of families) check(name, family)
  return families
}

/** The value of a series; fails where there is none. */
export function sample(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name.replace(/_(count|sum|bucket)$/, '')) ?? families.get(name)
  const value = family?.samples.get(seriesOf(name, new Map(Object.entries(labels))))
  return value ?? assert.fail(`no ${seriesOf(name, new Map(Object.entries(labels)))}`)
}

function seriesOf(name: string, labels: ReadonlyMap<string, string>): Series {
  const sorted = [...labels].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join()}}`
}

function readLabels(text: string): Map<string, string> {
  const labels = new Map<string, string>()
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? assert.fail(`labels: ${text}`)
    assert.ok(!labels.has(name), `label twice: ${text}`)
    labels.set(
      name,
      value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    )
  }
  return labels
}

function readValue(text: string): number {
  if (text === '+Inf') return Infinity
  const value = Number(text)
  assert.ok(Number.isFinite(value), `value: ${text}`)
  return value
}

function belongs(name: string, family: string, type: string): boolean {
  if (type === 'histogram') return /_(count|sum|bucket)$/.test(name) && name.startsWith(family)
  return name === family
}

function check(name: string, { type, help, samples }: Family): void {
  assert.match(type, /^(counter|gauge|histogram)$/, name)
  assert.notEqual(help, '', name)
  if (type === 'counter') {
    assert.match(name, /_total$/)
    for (const value of samples.values()) assert.ok(value >= 0, name)
  }
  if (type === 'histogram') checkHistogram(name, samples)
}

function checkHistogram(name: string, samples: ReadonlyMap<Series, number>): void {
  let before = { bound: -Infinity, value: 0 }
  for (const [series, value] of samples) {
    if (!series.startsWith(`${name}_bucket`)) continue
    const [, le = ''] = /le="([^"]+)"/.exec(series) ?? assert.fail(series)
    const bound = readValue(le)
    if (bound <= before.bound) before = { bound: -Infinity, value: 0 }
    assert.ok(value >= before.value, `${series} shrinks`)
    before = { bound, value }
    if (bound !== Infinity) continue
    const count = series.replace('_bucket', '_count').replace(/le="\+Inf",|,?le="\+Inf"/, '')
    assert.equal(value, samples.get(count), series)
  }
}
