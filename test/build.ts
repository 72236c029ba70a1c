import { build } from 'rolldown'
import config from '../rolldown.config.ts'

/** The suites in `test/` start the programs as their users do, from `dist/`: build them once per run. */
export default async function buildOnce(): Promise<void> {
  await build(config)
}
