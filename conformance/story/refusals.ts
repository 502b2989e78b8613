import { configFile, configType, filterFile, filterType } from '../clients/artifacts.ts'
import { pullOf, robot } from './pulling.ts'
import { builtFilter } from './pushing.ts'
import { engineer, existing, puller, type Stage, type StoryStep } from './stage.ts'

const wrong = /unauthorized: the user name or password is wrong/
const missing = /unauthorized: .*log in/

/** What goes wrong in a mesh, and what the people there are told. */
export const refusals: readonly StoryStep[] = [
  {
    name: 'a wrong password: both oras are told so at the login',
    async play(stage) {
      const named = [`--username=${engineer.username}`, stage.host, '--password-stdin']
      const old = await stage.client('oras-0.12', 'careless-engineer')
      await old.refuse(wrong, ['login', ...named], 'wrong')
      const today = await stage.client('oras', 'careless-engineer')
      await today.refuse(wrong, ['login', '--plain-http', ...named], 'wrong')
    },
  },
  {
    name: 'a wrong password in the Secret: the controller is told so',
    async play(stage) {
      await stage.mountSecretOf({ ...puller, password: 'wrong' }, 'wrong-password')
      await expectRefusedPull(stage, 'wrong-password', wrong)
    },
  },
  {
    name: 'the Secret of another host: the controller is told to log in',
    async play(stage) {
      await stage.mountSecretOf(puller, 'other-host', 'registry.example.com:5000')
      await expectRefusedPull(stage, 'other-host', missing)
    },
  },
  {
    name: 'a revoked token: the controller is told that its password is wrong',
    async play(stage) {
      await existing(stage.secret('token'), 'the Secret with a token')
      const list = await stage.wasmoor.run(['token', 'list', '--json', ...stage.registry])
      const tokens = JSON.parse(list) as { id: string; owner: string }[]
      for (const { id } of tokens.filter(({ owner }) => owner === robot)) {
        await stage.wasmoor.run(['token', 'revoke', id, ...stage.registry])
      }
      await expectRefusedPull(stage, 'token', wrong)
    },
  },
  {
    name: 'the account of the Secret may pull, and is told that it may not push',
    async play(stage) {
      await builtFilter(stage)
      const oras = await stage.client('oras', 'controller')
      const login = ['login', '--plain-http', stage.host, '-u', puller.username]
      await oras.run([...login, '--password-stdin'], puller.password)
      const artifact = ['--config', `${configFile}:${configType}`, `${filterFile}:${filterType}`]
      const push = ['push', '--plain-http', `${stage.repository}:v0.3`, ...artifact]
      await oras.refuse(/denied: the account asmwasm-controller may not push in asm\//, push)
    },
  },
]

async function expectRefusedPull(stage: Stage, secret: string, message: RegExp): Promise<void> {
  const controller = await stage.client('controller', 'refused-node')
  const into = ['-into', stage.filtersOn('refused-node')]
  await controller.refuse(message, [...pullOf(stage, 'v0.1', secret), ...into])
}
