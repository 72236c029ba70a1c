/** A refusal that is no Status: a kube-apiserver answers some in plain text. */
export class PlainRefusal extends Error {
  readonly code: number
  readonly text: string
  constructor(code: number, text: string) {
    super(text)
    this.code = code
    this.text = text
  }
}
