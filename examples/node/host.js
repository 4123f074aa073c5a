'use strict'

// A room: whatever one player says, all others hear.
//
//     npm install                             once, in this directory
//     node host.js --listen 0.0.0.0:27015     players come by address (port 0: any free one)
//     node host.js                            players come by Steam ID
//
// Control-C closes it. join.ts is the other side.
const { Fumarole, ESteamNetworkingConnectionState: State, ESteamNetworkingSendFlags: Flags } = require('fumarole')

const steam = Fumarole.getInstance()
if (!steam.init({ appId: 480 })) {
    console.error(`The library does not start: ${steam.getStatus().error}`)
    process.exit(1)
}
const sockets = steam.networkingSockets
steam.networkingUtils.initRelayNetworkAccess()

const [option, address] = process.argv.slice(2)
if (option !== undefined && (option !== '--listen' || address === undefined)) {
    console.error('usage: node host.js [--listen address:port]')
    process.exit(2)
}
const listenSocket = address !== undefined ? sockets.createListenSocketIP(address) : sockets.createListenSocketP2P(0)
if (listenSocket === 0) {
    console.error(`Cannot listen on ${address ?? 'virtual port 0'}; is it in use?`)
    process.exit(1)
}
const room = sockets.createPollGroup()
/** @type {Map<number, string>} */
const players = new Map()

/** @param {string} text @param {number} [except] */
function tell(text, except) {
    for (const connection of players.keys()) {
        if (connection !== except) sockets.sendMessage(connection, text, Flags.Reliable)
    }
}

sockets.onConnectionRequest(({ connection, identityRemote }) => {
    if (!sockets.acceptConnection(connection)) {
        sockets.closeConnection(connection, 0, 'No room', false)
        return
    }
    sockets.setConnectionPollGroup(connection, room)
    players.set(connection, identityRemote)
    console.log(`${identityRemote} comes in`)
    tell(`${identityRemote} comes in`, connection)
})

sockets.onConnectionStateChange(({ connection, newState, info }) => {
    if (newState !== State.ClosedByPeer && newState !== State.ProblemDetectedLocally) return
    listen() // to the last words
    sockets.closeConnection(connection, 0, '', false)
    if (!players.delete(connection)) return
    console.log(`${info.identityRemote} has gone: ${info.endDebug}`)
    tell(`${info.identityRemote} has gone`)
})

function listen() {
    for (const message of sockets.receiveMessagesOnPollGroup(room)) {
        const text = `${message.identity}: ${message.data}`
        console.log(text)
        tell(text, message.connection)
    }
}

const loop = setInterval(() => {
    steam.runCallbacks()
    listen()
}, 16)

process.once('SIGINT', () => {
    clearInterval(loop)
    for (const connection of players.keys()) sockets.closeConnection(connection, 0, 'The room closes', true)
    sockets.destroyPollGroup(room)
    sockets.closeListenSocket(listenSocket)
    steam.shutdown()
})

console.log(`Open at ${sockets.getListenSocketAddress(listenSocket) ?? 'virtual port 0'}`)
console.log(`Steam ID of this host: ${steam.core.getSteamId()}`)
