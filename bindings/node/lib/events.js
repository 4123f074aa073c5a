'use strict'

// Servers and connections in the manner of Node's own: event emitters that wake when something happens. They stand on
// the same library and the same handles as the class Fumarole, and start it when nobody has.

const { Connection, ConnectionError, open } = require('./connection')
const { Server } = require('./server')
const check = require('./event_arguments')
const host = require('./host')

// Opens a connection to an address ('host:port', a port, or { host, port }) or an identity
// ({ identity, virtualPort }). Options: signal, highWaterMark, config, family. A function at the end hears 'connect' once.
function connect(...parameters) {
    const { target, options, listener } = check.connectTarget(parameters)
    if (target.identity !== undefined) target.identity = host.identityForm(target.identity)
    const connection = open(host, target, { ...options, config: host.configForm('connect', options.config) })
    if (listener) connection.once('connect', listener)
    return connection
}

// A server that does not listen yet. Options: authorize, highWaterMark, config. A function at the end hears
// 'connection'.
function createServer(...parameters) {
    const { options, listener } = check.serverOptions(parameters)
    const server = new Server(host, { ...options, config: host.configForm('createServer', options.config) })
    if (listener) server.on('connection', listener)
    return server
}

module.exports = { connect, createServer, Connection, Server, ConnectionError }
