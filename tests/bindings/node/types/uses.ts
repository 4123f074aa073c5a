// Never run: what TypeScript has to accept, and (marked) what it has to refuse. types.test.js compiles it.
import Fumarole, {
    Connection,
    ConnectionError,
    ConnectionInfo,
    EResult,
    ESteamNetworkingConfigValue,
    ESteamNetworkingConnectionState,
    ESteamNetworkingSendFlags,
    NetworkingMessage,
    QuickConnectionStatus,
    Server,
    SteamworksSDK,
    connect,
    createServer
} from 'fumarole'
import { once } from 'node:events'

// ---- the class ------------------------------------------------------------------------------------------------------

const steam: Fumarole = Fumarole.getInstance()
const same: SteamworksSDK = SteamworksSDK.getInstance()
const begun: boolean = steam.init({ appId: 480, identity: 76561197960287930n, autoRunCallbacks: true })
steam.init({ identity: 'str:alice' })
steam.ref().unref().runCallbacks()
const version: string = Fumarole.version
const { networkingSockets: sockets, networkingUtils: utils } = same
const id: string = steam.core.getSteamId()

const listenSocket: number = sockets.createListenSocketP2P(0)
const door: number = sockets.createListenSocketIP('0.0.0.0:0', { TimeoutConnected: 5000, 12: 0 })
const address: string | null = sockets.getListenSocketAddress(door)
const connection: number = sockets.connectP2P(id, 0)
sockets.connectP2P(76561197960287930n, 0, { SendBufferSize: 1 << 20 })
const accepted: boolean = sockets.acceptConnection(connection)
const result: EResult = sockets.sendMessage(connection, 'text', ESteamNetworkingSendFlags.Reliable)
sockets.sendMessage(connection, Buffer.from('bytes'), 8 | 4)
sockets.sendMessage(connection, new Uint8Array(3))
const number: bigint = sockets.sendMessageEx(connection, new ArrayBuffer(3)).messageNumber
const messages: NetworkingMessage[] = sockets.receiveMessagesOnPollGroup(sockets.createPollGroup())
for (const { data, size, channel, flags, messageNumber } of messages) {
    const all: [Buffer, number, number, number, bigint] = [data, size, channel, flags, messageNumber]
    void all
}
const info: ConnectionInfo | null = sockets.getConnectionInfo(connection)
if (info !== null && info.state === ESteamNetworkingConnectionState.Connected) console.log(info.stateName, info.userData + 1n)
const status: QuickConnectionStatus | null = sockets.getQuickConnectionStatus(connection)
const ping: number | undefined = status?.ping
sockets.setConnectionConfigValue(connection, ESteamNetworkingConfigValue.NagleTime, 0)
sockets.setConnectionConfigValue(connection, 12, '0')
const value: number | null = sockets.getConnectionConfigValue(connection, 12)
const identity = sockets.getIdentity()
const text = `${identity} ${identity?.steamId} ${identity?.type}`
const unsubscribe: () => void = sockets.onConnectionRequest(request => {
    const fields: [number, string, number] = [request.connection, request.identityRemote, request.listenSocket]
    void fields
})
sockets.onConnectionStateChange(({ oldState, newState, info: { endDebug } }) => console.log(oldState, newState, endDebug))
const stamp: bigint = utils.getLocalTimestamp()
const relay: string = utils.getRelayNetworkStatus().availabilityName

// @ts-expect-error there is one object, and getInstance returns it
const second = new Fumarole()
// @ts-expect-error appId is a number
steam.init({ appId: '480' })
// @ts-expect-error no such option
steam.init({ app: 480 })
// @ts-expect-error a Steam ID does not fit into a number
sockets.connectP2P(76561197960287930, 0)
// @ts-expect-error a message needs data
sockets.sendMessage(connection)
// @ts-expect-error a number is no data
sockets.sendMessage(connection, 5)
// @ts-expect-error handles are numbers
sockets.closeConnection('5')
// @ts-expect-error reason before text
sockets.closeConnection(connection, 'bye')
// @ts-expect-error may be null
sockets.getConnectionInfo(connection).state
// @ts-expect-error user data is a bigint
const wrongData: number = sockets.getConnectionUserData(connection)
// @ts-expect-error no such configuration value
sockets.createListenSocketIP('0.0.0.0:0', { TimeoutConnectet: 5000 })
// @ts-expect-error a handler gets one event
sockets.onConnectionRequest((request, more: string) => more)
// @ts-expect-error no such member
ESteamNetworkingSendFlags.Reliabel
// @ts-expect-error no such function
sockets.sendMessages([])

// ---- servers and connections ----------------------------------------------------------------------------------------

const server: Server = createServer({ highWaterMark: 65536, config: { TimeoutInitial: 5000 } }, peer => peer.send('welcome'))
createServer(async peer => { for await (const message of peer) peer.send(message.data) })
createServer({ authorize: ({ identity, remoteAddress }) => identity !== '' || { code: 1001, reason: remoteAddress } })
createServer({ authorize: async () => true })
server.listen(0, '127.0.0.1', () => {})
server.listen({ port: 27015, host: '::', signal: AbortSignal.timeout(1000) }).on('listening', () => {})
server.listen({ virtualPort: 3 })
server.listen('127.0.0.1:0')
server.on('connection', (peer: Connection) => peer.on('message', message => peer.send(message.data, { reliable: false, noDelay: true })))
server.on('error', error => console.error(error.message)).once('close', () => {})
const place = server.address()
if (place !== null && 'port' in place) console.log(place.port + 1, place.family)

async function play(): Promise<number> {
    await using_(server)
    const own = connect({ port: 27015, host: 'localhost', signal: AbortSignal.timeout(5), config: { NagleTime: 0 } })
    connect('localhost:27015', () => {})
    connect(27015, 'localhost', { family: 4 }, () => {})
    connect({ identity: 76561197960287930n, virtualPort: 1 })
    const open: Connection = await own.ready
    if (!open.send('text', { lane: 1 })) await once(open, 'drain')
    const message: NetworkingMessage | undefined = await open.receive({ signal: AbortSignal.timeout(5) })
    for await (const { data } of open) console.log(data.length)
    open.on('close', (code, reason) => console.log(code + 1, reason.length)).on('connect', () => {})
    open.on('error', error => { if (error instanceof ConnectionError) console.log(error.code, error.reason) })
    const { code, reason, remote } = await open.close(1000, 'bye')
    for await (const peer of server) peer.pause().resume().unref().destroy()
    return remote ? code : reason.length + (message?.size ?? 0)
}
async function using_(disposable: { [Symbol.asyncDispose](): Promise<unknown> }) { await disposable[Symbol.asyncDispose]() }

// @ts-expect-error made by connect and by servers only
new Connection()
// @ts-expect-error no such event
server.on('conection', () => {})
// @ts-expect-error a message is not its bytes
connect(5).on('message', (data: Buffer) => data)
// @ts-expect-error whereto?
connect()
// @ts-expect-error a port or an identity
connect({ host: 'localhost' })
// @ts-expect-error one of both
connect({ identity: '1', port: 5 })
// @ts-expect-error no data
connect(5).send(7)
// @ts-expect-error no such option
connect(5).send('x', { relaible: true })
// @ts-expect-error may be undefined
;(await connect(5).receive()).data
// @ts-expect-error a state is one of four words
connect(5).state === 'opened'
// @ts-expect-error cannot be written
connect(5).handle = 7
// @ts-expect-error answers with a decision
createServer({ authorize: () => 'yes' })
// @ts-expect-error the code first
connect(5).close('bye')

export { accepted, address, begun, listenSocket, number, ping, play, relay, result, stamp, text, unsubscribe, value, version, second, wrongData }
