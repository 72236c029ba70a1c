import { createTokenKey, decodeToken, signToken, type TokenClaims } from '../../src/kube/index.ts'
import { requestToken, type Account, type Target } from './target.ts'

/**
 * Tokens that no cluster must take, by what is wrong with them: each has the claims of the account's good token but
 * for that. All are signed by a key that the target does not know, so `expired` and `foreign-issuer` have two faults.
 */
export async function badTokens(
  { admin }: Target,
  account: Account,
): Promise<ReadonlyMap<string, string>> {
  const good = decodeToken(account.token)
  if (!good.ok) throw new Error('the account has no token')
  const { claims, header } = good
  const key = await createTokenKey()
  const sign = async (more: Partial<TokenClaims>, kid = key.kid): Promise<string> =>
    (await signToken({ ...key, kid }, { ...claims, ...more })).reveal()
  const past = Math.floor(Date.now() / 1000) - 600
  const other = await requestToken(admin, account, { audiences: ['https://somebody.else'] })
  return new Map([
    ['foreign-key', await sign({})],
    ['foreign-key-same-kid', await sign({}, header.kid)],
    ['foreign-issuer', await sign({ iss: 'https://elsewhere.invalid' })],
    ['expired', await sign({ exp: past })],
    ['other-audience', other.reveal()],
    ['unknown', 'not-a-token'],
  ])
}
