// `npm run new:connector NAME`: makes `connectors/NAME`, a connector that works and passes the
// contract, to be changed into one's own. What it makes is in `scripts/acme`.
// Invariant: nothing that stands is overwritten.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const usage = 'usage: npm run new:connector NAME (small letters, digits and dashes)\n'
const template = join(import.meta.dirname, 'acme')
/** What each file is made of. */
const files = {
  'index.ts': 'connector.ts',
  'index.test.ts': 'connector.test.ts',
  'example.yaml': 'example.yaml',
  'README.md': 'README.md',
}
const connectors = join(import.meta.dirname, '../connectors')

function main([name = '', ...more]: string[]): number {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name) || more.length > 0) {
    process.stderr.write(usage)
    return 2
  }
  const folder = join(connectors, name)
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    process.stderr.write(`connectors/${name} is there already: nothing was changed\n`)
    return 1
  }
  for (const [file, source] of Object.entries(files)) {
    const text = readFileSync(join(template, source), 'utf8')
    writeFileSync(join(folder, file), rename(text, name))
  }
  process.stdout.write(`connectors/${name} is made, and works. Now:
  npx vitest run connectors/${name}    its tests, with the contract of every connector
  npm run generate                     its settings in the reference and in the editors' schema
Then change it into what your system needs: connectors/README.md says how.
`)
  return 0
}

/** The example's name stands in texts and in the names of variables. */
function rename(text: string, name: string): string {
  const upper = name.toUpperCase().replaceAll('-', '_')
  return text
    .replaceAll('acme', name)
    .replaceAll('ACME', upper)
    .replaceAll(`'./connector.ts'`, `'./index.ts'`)
}

process.exitCode = main(process.argv.slice(2))
