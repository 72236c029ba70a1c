import { SubletError } from '../core/index.ts'
import type { RuntimeWish } from '../lab/index.ts'

/** What may be asked for with `--runtime`. */
export const RUNTIME_WISHES: readonly RuntimeWish[] = ['auto', 'process', 'namespaces', 'docker']

/** Says the same in the environment, for commands that have no such option: `minikube start` in a runbook. */
export const RUNTIME_VARIABLE = 'SUBLET_RUNTIME'

/** What the environment asks for; `auto` when it does not. Throws E_USAGE for what is no runtime. */
export function runtimeFromEnvironment(env: NodeJS.ProcessEnv = process.env): RuntimeWish {
  const text = env[RUNTIME_VARIABLE] ?? ''
  if (text === '') return 'auto'
  const wish = RUNTIME_WISHES.find((one) => one === text)
  if (wish !== undefined) return wish
  throw new SubletError(
    'E_USAGE',
    `${RUNTIME_VARIABLE} is ${JSON.stringify(text)} (it may be ${RUNTIME_WISHES.join(', ')})`,
  )
}
