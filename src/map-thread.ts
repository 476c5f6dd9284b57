// The thread that maps drops: nothing heavy runs on the main thread, so sending never waits for a
// large file. It opens its own app over the database that the process has opened, and answers one
// drop a message.
import { parentPort, workerData } from 'node:worker_threads'
import { type AppOptions, openApp } from './app.ts'

interface Request {
  dropId: number
}

const port = parentPort
if (port === null) throw new Error('map-thread.ts runs as a worker thread only')

const app = await openApp(workerData as AppOptions)
port.on('message', ({ dropId }: Request) => {
  app.map(dropId).then(
    (result) => port.postMessage({ dropId, result: portable(result) }),
    (error: Error) => port.postMessage({ dropId, error: error.stack ?? error.message }),
  )
})
port.postMessage({ ready: true })

/** Temporal values do not cross threads; their text does. */
function portable(result: object | null): object | null {
  return JSON.parse(JSON.stringify(result))
}
