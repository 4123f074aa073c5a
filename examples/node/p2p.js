'use strict'

// Both ends in one process, by Steam ID and virtual port, with the functions of the class: the smallest whole program.
//
//     node p2p.js
const { Fumarole, ESteamNetworkingSendFlags: Flags } = require('fumarole')

const steam = Fumarole.getInstance()
steam.init({ appId: 480 })
const sockets = steam.networkingSockets

const listenSocket = sockets.createListenSocketP2P(0)
sockets.onConnectionRequest(({ connection, identityRemote }) => {
    console.log(`host: ${identityRemote} asks, accepted: ${sockets.acceptConnection(connection)}`)
    sockets.sendMessage(connection, 'welcome', Flags.Reliable)
})
const connection = sockets.connectP2P(steam.core.getSteamId(), 0)

const loop = setInterval(() => {
    steam.runCallbacks()
    for (const message of sockets.receiveMessages(connection)) {
        console.log(`guest: ${message.identity} says ${message.data}`)
        clearInterval(loop)
        sockets.closeConnection(connection, 0, 'that was all', false)
        sockets.closeListenSocket(listenSocket)
        steam.shutdown()
    }
}, 16)
