// Message ids of the sandbox: valid ULIDs that carry the message's place instead of randomness.
// Hence a million messages need no index.
import { hash } from './hash.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeLength = 10
const noiseLength = 9
const indexLength = 7

/** 26 characters: 10 of the time in milliseconds, 9 from the seed, 7 of the index. */
export function encodeId(timeMilliseconds: number, seed: number, index: number): string {
  const noise = hash(String(index), seed) * 8_191 + seed
  return (
    encode(timeMilliseconds, timeLength) + encode(noise, noiseLength) + encode(index, indexLength)
  )
}

/** The index in an id, or null when it cannot be ours; whoever asks compares the whole id. */
export function decodeIndex(id: string): number | null {
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) return null
  let index = 0
  for (const letter of id.slice(-indexLength)) index = index * 32 + alphabet.indexOf(letter)
  return index
}

function encode(value: number, length: number): string {
  let text = ''
  let rest = Math.floor(Math.abs(value))
  for (let i = 0; i < length; i += 1) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}
