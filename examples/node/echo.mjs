// A server that says everything back, and a client of it: event emitters and promises instead of a loop. Everything ends
// by itself.
//
//     node echo.mjs [address]      127.0.0.1 if no other is given
import { connect, createServer } from 'fumarole'
import { once } from 'node:events'

const server = createServer({ authorize: request => request.remoteAddress !== '' })
server.on('connection', async peer => {
    console.log(`server: ${peer.identity} from ${peer.remoteAddress}`)
    for await (const message of peer) peer.send(message.data)
    const { code, reason } = await peer.closed
    console.log(`server: closed with ${code}, ${reason}`)
    await server.close()
})
server.listen(0, process.argv[2] ?? '127.0.0.1')
await once(server, 'listening')
const place = server.address()
if (place === null || !('port' in place)) throw new Error('not listening')

const client = await connect({ port: place.port, host: place.address, signal: AbortSignal.timeout(10000) }).ready
console.log(`client: connected, ping ${client.status?.ping} ms`)
for (const word of ['one', 'two', 'three']) {
    if (!client.send(word)) await once(client, 'drain')
    const answer = await client.receive()
    console.log(`client: ${answer?.data}`)
}
await client.close(1000, 'that was all')
