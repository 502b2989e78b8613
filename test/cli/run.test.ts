import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError, type Call, type Command } from '../../src/cli/command.ts'
import { run } from '../../src/cli/run.ts'

function recording(name: string, more: Partial<Command> = {}) {
  const calls: Call[] = []
  const command: Command = {
    name,
    summary: `Does ${name}`,
    operands: [],
    options: {},
    usesConfig: false,
    run: async (call) => calls.push(call),
    ...more,
  }
  return { command, calls }
}

/** Runs a command line with two commands and returns their calls. */
async function line(...words: string[]) {
  const serve = recording('serve', { operands: ['[config.yaml]'], usesConfig: true })
  const look = recording('look', {
    operands: ['FILE'],
    options: {
      json: { type: 'boolean', description: 'As JSON.' },
      for: { type: 'string', description: 'X.' },
    },
  })
  let printed = ''
  await run(words, [serve.command, look.command], (text) => (printed += text))
  return { serve: serve.calls[0], look: look.calls[0], printed }
}

describe('the command line', () => {
  it('runs the first command if none is named', async () => {
    assert.deepEqual((await line()).serve?.operands, [])
    assert.equal((await line('--port', '7')).serve?.loadConfig().port, 7)
  })

  it('passes a first word that is a file to the first command', async () => {
    for (const file of ['config.yml', 'config.yaml', 'config.json', '/etc/wasmoor']) {
      assert.deepEqual((await line(file, '--port=7')).serve?.operands, [file])
    }
  })

  it('passes operands and flags to the named command', async () => {
    const { look, serve } = await line('look', '--json', 'a.wasm', '--for', 'envoy')
    assert.equal(serve, undefined)
    assert.deepEqual(look?.operands, ['a.wasm'])
    assert.deepEqual([look.options['json'], look.options['for']], [true, 'envoy'])
  })

  it('accepts every configuration key as a flag, of which the last counts', async () => {
    const { serve } = await line('serve', '--limits-blob-size', '1GiB', '--port=1', '--port', '2')
    const config = serve?.loadConfig()
    assert.deepEqual([config?.limits.blobSize, config?.port], [1_073_741_824, 2])
  })

  for (const [words, message] of [
    [['serv'], /^unknown command serv; did you mean serve\?\nSee: wasmoor help$/],
    [['nonsense'], /^unknown command nonsense\n/],
    [['--prot', '1'], /^unknown flag --prot; did you mean --port\?\nSee: wasmoor help serve$/],
    [['look', '--port', '1'], /^unknown flag --port/],
    [['serve', '-x'], /^unknown flag -x/],
    [['serve', 'a.yaml', 'b.yaml'], /^unexpected argument b\.yaml/],
    [['serve', '--port'], /--port <value>' argument missing/],
    [['serve', '--port', '--host', 'x'], /'--port' argument is ambiguous/],
    [['look', '--json=yes'], /'--json' does not take an argument/],
    [['help', 'serv'], /^unknown command serv; did you mean serve\?/],
  ] as const) {
    it(`rejects the command line: ${words.join(' ')}`, async () => {
      await assert.rejects(line(...words), (error) => {
        assert.ok(error instanceof UsageError, String(error))
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('lists all commands in the help', async () => {
    for (const words of [['help'], ['--help'], ['-h']]) {
      const { printed, serve } = await line(...words)
      assert.equal(serve, undefined)
      assert.match(printed, /^ {2}wasmoor serve +Does serve$/m)
      assert.match(printed, /^ {2}wasmoor look FILE +Does look$/m)
      assert.match(printed, /^ {2}wasmoor help \[command\]/m)
    }
  })

  it('runs commands of two words', async () => {
    const list = recording('token list', { operands: ['ID', '[config.yaml]'], usesConfig: true })
    const make = recording('token make')
    const commands = [list.command, make.command] as const
    const print = (...words: string[]) => {
      let printed = ''
      return run(words, commands, (text) => (printed += text)).then(() => printed)
    }
    await print('token', 'list', '7', 'missing.yaml')
    assert.deepEqual(list.calls[0]?.operands, ['7', 'missing.yaml'])
    assert.throws(() => list.calls[0]?.loadConfig(), /missing\.yaml/)
    await print('token', 'list', '7')
    assert.equal(list.calls[1]?.loadConfig().port, 5000)
    assert.match(await print('help', 'token', 'make'), /^wasmoor token make \[flags\]$/m)
    assert.match(await print('token', 'make', '--help'), /^wasmoor token make \[flags\]$/m)
    await assert.rejects(
      print('token'),
      /^UsageError: missing subcommand: use token list, token make\n/,
    )
    await assert.rejects(print('token', 'mke'), /unknown command token mke; .* token make\?/)
    await assert.rejects(print('help', 'token'), /missing subcommand/)
  })

  it('lets a flag of a command hide a configuration key, and be repeated', async () => {
    const { command, calls } = recording('ask', {
      usesConfig: true,
      options: {
        host: { type: 'string', description: 'The host to ask.' },
        what: { type: 'string', multiple: true, description: 'The question.' },
      },
    })
    const words = ['ask', '--host', 'a', '--port', '7', '--what', 'b', '--what=c']
    await run(words, [command], () => {})
    assert.deepEqual({ ...calls[0]?.options }, { host: 'a', port: '7', what: ['b', 'c'] })
    assert.equal(calls[0]?.loadConfig().host, '127.0.0.1')
    assert.equal(calls[0]?.loadConfig().port, 7)
    let printed = ''
    await run(['help', 'ask'], [command], (text) => (printed += text))
    assert.equal(printed.match(/^ {2}--host /gm)?.length, 1)
    assert.match(printed, /^ {2}--host VALUE +The host to ask\.$/m)
  })

  it('prints the flags of a command, within 100 columns', async () => {
    for (const words of [
      ['help', 'look'],
      ['look', '--help'],
      ['look', '-h'],
    ]) {
      const { printed, look } = await line(...words)
      assert.equal(look, undefined)
      assert.match(printed, /^wasmoor look FILE \[flags\]$/m)
      assert.match(printed, /^ {2}--json +As JSON\.$/m)
      assert.doesNotMatch(printed, /--port/)
    }
    const { printed } = await line('help', 'serve')
    assert.match(printed, /^ {2}--uploads-expiry DURATION +\S/m)
    assert.match(printed, /^ {2}--port NUMBER +TCP port to listen on\.[^-]*Default: 5000$/m)
    assert.match(printed, /^ {2}--log-level debug\|info\|warn\|error\|fatal\|silent\n +Lowest /m)
    assert.ok(printed.split('\n').every((row) => row.length <= 100))
  })
})
