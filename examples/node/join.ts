// A player of the room that host.js opens: says what is typed, shows what others say.
//
//     npm install && npm run build                 once, in this directory
//     node built/join.js 127.0.0.1:27015           by the address that the host has printed
//     node built/join.js 76561197960287930         by its Steam ID
//
// The end of the input (Control-D) leaves the room.
import Fumarole, { ESteamNetworkingConnectionState as State, ESteamNetworkingSendFlags as Flags } from 'fumarole'
import { createInterface } from 'node:readline'

const target = process.argv[2]
if (target === undefined) {
    console.error('usage: node join.js <address:port | Steam ID>')
    process.exit(2)
}

const steam = Fumarole.getInstance()
if (!steam.init({ appId: 480 })) {
    console.error(`The library does not start: ${steam.getStatus().error}`)
    process.exit(1)
}
const sockets = steam.networkingSockets
steam.networkingUtils.initRelayNetworkAccess()

const connection = target.includes(':') ? sockets.connectByIPAddress(target) : sockets.connectP2P(target, 0)
if (connection === 0) {
    console.error(`There is no way to ${target} from here`)
    process.exit(1)
}

let leaving = false
let waiting: string[] = []

function say(text: string): void {
    const result = sockets.sendMessage(connection, text, Flags.Reliable)
    if (result !== 1) console.error(`Not sent: result ${result}`)
}

function leave(status: number): void {
    clearInterval(loop)
    input.close()
    sockets.closeConnection(connection, 0, 'Goodbye', true)
    steam.shutdown()
    process.exitCode = status
}

const input = createInterface({ input: process.stdin })
input.on('line', line => waiting.push(line))
input.on('close', () => { leaving = true })

let shown: State = State.None
const loop = setInterval(() => {
    steam.runCallbacks()
    const info = sockets.getConnectionInfo(connection)
    if (info !== null && info.state !== shown) {
        shown = info.state
        console.log(`${info.stateName}: ${info.identityRemote || target}`)
    }
    for (const message of sockets.receiveMessages(connection, 50)) console.log(message.data.toString())
    if (info === null || info.state === State.ClosedByPeer || info.state === State.ProblemDetectedLocally) {
        console.log(`The end: ${info?.endDebug ?? 'no connection'}`)
        return leave(info?.state === State.ClosedByPeer ? 0 : 1)
    }
    if (info.state !== State.Connected) return
    for (const line of waiting) say(line)
    waiting = []
    const status = sockets.getQuickConnectionStatus(connection)
    if (leaving && status !== null && status.pendingReliable + status.sentUnackedReliable === 0) leave(0)
}, 16)
