import {
  SECRETS,
  SERVICEACCOUNTS,
  isNotFound,
  legacyClaims,
  signToken,
  type Secret,
  type ServiceAccount,
} from '../../kube/index.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from './controller.ts'

const TYPE = 'kubernetes.io/service-account-token'
const ACCOUNT_NAME = 'kubernetes.io/service-account.name'
const ACCOUNT_UID = 'kubernetes.io/service-account.uid'

/** Fills the Secrets that ask for a ServiceAccount's token, and deletes them with the account. */
export const tokenSecretController: Controller = (context) => {
  const secrets = context.informers.of<Secret>(SECRETS)
  const queue = context.queue('token-secret', (key) => sync(context, key))
  secrets.onChange(({ type, object }) => {
    if (type !== 'deleted' && object.type === TYPE) queue.add(keyOf(object.metadata))
  })
  context.informers.of<ServiceAccount>(SERVICEACCOUNTS).onChange(({ type, object }) => {
    if (type !== 'deleted') return
    const { namespace, name } = object.metadata
    for (const secret of secrets.list()) {
      const { annotations, namespace: own } = secret.metadata
      const theirs = own === namespace && annotations?.[ACCOUNT_NAME] === name
      if (secret.type === TYPE && theirs) queue.add(keyOf(secret.metadata))
    }
  })
}

async function sync(context: ControllerContext, key: string): Promise<void> {
  const secret = context.informers.of<Secret>(SECRETS).get(parseKey(key))
  if (secret === undefined || secret.metadata.deletionTimestamp) return
  const { namespace = '', name = '', annotations = {}, uid } = secret.metadata
  const account = await findAccount(context, namespace, annotations[ACCOUNT_NAME] ?? '')
  const accountUid = account?.metadata.uid ?? ''
  const other = annotations[ACCOUNT_UID] !== undefined && annotations[ACCOUNT_UID] !== accountUid
  if (account === undefined || other) {
    await context.client
      .delete(SECRETS, { namespace, name }, uid === undefined ? {} : { uid })
      .catch(ignoreNotFound)
    return
  }
  const filled = await fill(context, secret, account)
  if (filled !== undefined) await context.client.update(SECRETS, filled)
}

/** Asks the API server itself: a copy that is behind must not cost somebody a Secret. */
async function findAccount(
  context: ControllerContext,
  namespace: string,
  name: string,
): Promise<ServiceAccount | undefined> {
  try {
    return await context.client.get<ServiceAccount>(SERVICEACCOUNTS, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** The Secret with what was missing; undefined when it is complete. */
async function fill(
  context: ControllerContext,
  secret: Secret,
  account: ServiceAccount,
): Promise<Secret | undefined> {
  const { namespace = '', name = '' } = secret.metadata
  const serviceAccount = { name: account.metadata.name ?? '', uid: account.metadata.uid ?? '' }
  const data = { ...secret.data }
  const wanted = { 'ca.crt': base64(context.rootCaPem), namespace: base64(namespace) }
  const complete =
    data['token'] !== undefined &&
    data['ca.crt'] === wanted['ca.crt'] &&
    data['namespace'] === wanted.namespace &&
    secret.metadata.annotations?.[ACCOUNT_UID] === serviceAccount.uid
  if (complete) return undefined
  if (data['token'] === undefined) {
    const claims = legacyClaims({ namespace, secretName: name, serviceAccount })
    data['token'] = base64((await signToken(context.tokenKey, claims)).reveal())
  }
  const annotations = { ...secret.metadata.annotations, [ACCOUNT_UID]: serviceAccount.uid }
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations },
    data: { ...data, ...wanted },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
