// The body of a call as IO reads it: JSON in UTF-8, a byte order mark passed over, nothing at all
// when it is empty. Whoever answers for IO reads here: the sandbox for every call, the linter.
// Invariant: a body that is no JSON is IO's 500 and never its 400, whatever the guide says.

/** Longer bodies are answered 413: our choice, since IO has no limit of its own. */
export const bodyLimitBytes = 1_048_576

/** What a body holds, or the parser's words, which IO answers as they are: they quote the body. */
export function readJsonBody(text: string): { payload: unknown } | { fault: string } {
  if (text === '') return { payload: undefined }
  try {
    return { payload: JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) }
  } catch (error) {
    return { fault: (error as SyntaxError).message }
  }
}
