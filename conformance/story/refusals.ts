import { CONFIG_FILE, CONFIG_TYPE, FILTER_FILE, FILTER_TYPE } from '../clients/artifacts.ts'
import { pullArguments, ROBOT } from './pulling.ts'
import { requireFilter } from './pushing.ts'
import { ENGINEER, requireFile, PULLER, type StoryFixture, type StoryStep } from './fixture.ts'

const WRONG_PASSWORD = /unauthorized: the user name or password is wrong/
const NO_CREDENTIALS = /unauthorized: .*log in/

/** Steps with wrong credentials and missing permissions, and the messages that users get. */
export const REFUSAL_STEPS: readonly StoryStep[] = [
  {
    name: 'a wrong password: both versions of oras report it at the login',
    async run(fixture) {
      const named = [`--username=${ENGINEER.username}`, fixture.host, '--password-stdin']
      const old = await fixture.client('oras-0.12', 'careless-engineer')
      await old.expectFailure(WRONG_PASSWORD, ['login', ...named], 'wrong')
      const today = await fixture.client('oras', 'careless-engineer')
      await today.expectFailure(WRONG_PASSWORD, ['login', '--plain-http', ...named], 'wrong')
    },
  },
  {
    name: 'a wrong password in the Secret: the controller reports it',
    async run(fixture) {
      await fixture.mountSecretOf({ ...PULLER, password: 'wrong' }, 'wrong-password')
      await expectRefusedPull(fixture, 'wrong-password', WRONG_PASSWORD)
    },
  },
  {
    name: 'the Secret of another host: the controller reports missing credentials',
    async run(fixture) {
      await fixture.mountSecretOf(PULLER, 'other-host', 'registry.example.com:5000')
      await expectRefusedPull(fixture, 'other-host', NO_CREDENTIALS)
    },
  },
  {
    name: 'a revoked token: the controller reports a wrong password',
    async run(fixture) {
      await requireFile(fixture.secret('token'), 'the Secret with a token')
      const list = await fixture.wasmoor.run(['token', 'list', '--json', ...fixture.registry])
      const tokens = JSON.parse(list) as { id: string; owner: string }[]
      for (const { id } of tokens.filter(({ owner }) => owner === ROBOT)) {
        await fixture.wasmoor.run(['token', 'revoke', id, ...fixture.registry])
      }
      await expectRefusedPull(fixture, 'token', WRONG_PASSWORD)
    },
  },
  {
    name: 'the account of the Secret cannot push',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'controller')
      const login = ['login', '--plain-http', fixture.host, '-u', PULLER.username]
      await oras.run([...login, '--password-stdin'], PULLER.password)
      const artifact = [
        '--config',
        `${CONFIG_FILE}:${CONFIG_TYPE}`,
        `${FILTER_FILE}:${FILTER_TYPE}`,
      ]
      const push = ['push', '--plain-http', `${fixture.repository}:v0.3`, ...artifact]
      await oras.expectFailure(/denied: the account asmwasm-controller may not push in asm\//, push)
    },
  },
]

async function expectRefusedPull(
  fixture: StoryFixture,
  secret: string,
  message: RegExp,
): Promise<void> {
  const controller = await fixture.client('controller', 'refused-node')
  const into = ['-into', fixture.filtersOn('refused-node')]
  await controller.expectFailure(message, [...pullArguments(fixture, 'v0.1', secret), ...into])
}
