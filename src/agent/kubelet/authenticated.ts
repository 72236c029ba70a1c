import type { Secret } from '../../core/secret.ts'
import type { GetOptions, HttpGetter } from '../http-get.ts'
import type { TokenSource } from './token-source.ts'

/**
 * The same getter with a bearer token on every HTTPS request, never on HTTP. A 401 is asked again once if the token's file
 * holds another one by now; the answer to that is the answer.
 */
export function authenticated(http: HttpGetter, tokens: TokenSource): HttpGetter {
  return {
    async get(url, options = {}) {
      if (!url.startsWith('https:')) return http.get(url, options)
      const token = tokens.current()
      const answer = await http.get(url, withBearer(options, token))
      // A kubelet answers 404 to unknown paths before it asks who is there: that says nothing of the token.
      if (answer.status === 403 || (answer.status >= 200 && answer.status < 300)) tokens.accepted()
      if (answer.status !== 401) return answer
      const other = tokens.afterRefusal(token)
      return other === undefined ? answer : http.get(url, withBearer(options, other))
    },
    close: () => http.close(),
  }
}

function withBearer(options: GetOptions, token: Secret | undefined): GetOptions {
  if (token === undefined) return options
  return {
    ...options,
    headers: { ...options.headers, authorization: `Bearer ${token.reveal()}` },
  }
}
