// One hash over any number of texts, in order and in constant memory: what a flow says, however its
// records were batched.

/** Texts in one link of a chain. */
const LINK_TEXTS = 1000

/** An empty chain; with none added its end is the hash of nothing. */
export function createChain(hash: (text: string) => Uint8Array) {
  let link = ''
  let held = 0
  return {
    add(text: string): void {
      link += text
      held += 1
      if (held < LINK_TEXTS) return
      link = hashText(hash(link))
      held = 0
    },
    end: () => hash(link),
  }
}

/** A hash as text, a character a byte. */
export function hashText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
