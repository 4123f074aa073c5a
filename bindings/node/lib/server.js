'use strict'

// A listen socket as programs for Node know such things; see createServer() in lib/events.js.

const { EventEmitter } = require('node:events')
const { isIP } = require('node:net')
const { lookup } = require('node:dns')

const { ESteamNetworkingConnectionState: State } = require('../generated/enums')
const { Connection, ConnectionError } = require('./connection')
const { WaitingLine } = require('./waiting_line')
const check = require('./event_arguments')

const REASON_REFUSED = 1000
const REASON_CLOSED = 1000

class Server extends EventEmitter {
    #host
    #options
    #socket = 0
    #state = 'idle' // idle, starting, listening, closing, closed
    #virtualPort = null
    #connections = new Set() // open ones
    #requests = new Map() // connections that are not open yet, by handle
    #line = null // for iteration, once somebody has iterated
    #iterations = 0 // that go on
    #referenced = true
    #holds = false
    #closed
    #resolveClosed
    #signal
    #onAbort

    constructor(host, options) {
        super()
        this.#host = host
        this.#options = options
        this.#closed = new Promise(resolve => { this.#resolveClosed = resolve })
    }

    // The number by which the class Fumarole knows the listen socket; 0 when it does not listen.
    get handle() {
        return this.#socket
    }

    get listening() {
        return this.#state === 'listening'
    }

    // The connections that are open, as a Set of its own.
    get connections() {
        return new Set(this.#connections)
    }

    // { address, port, family }, or { virtualPort }; null when it does not listen.
    address() {
        if (!this.#socket) return null
        if (this.#virtualPort !== null) return { virtualPort: this.#virtualPort }
        const text = this.#host.listenAddress(this.#socket)
        if (text === null) return null // closed by its number
        const colon = text.lastIndexOf(':')
        const address = text.slice(0, colon).replace(/^\[|\]$/g, '')
        return { address, port: Number(text.slice(colon + 1)), family: isIP(address) === 4 ? 'IPv4' : 'IPv6' }
    }

    // listen(port), listen(port, host), listen({ port, host, signal }), listen({ virtualPort, signal }); a function at
    // the end hears 'listening' once.
    listen(...parameters) {
        const { target, signal, listener } = check.listenTarget(parameters)
        if (this.#state !== 'idle') throw check.listeningAlready()
        if (listener) this.once('listening', listener)
        this.#state = 'starting'
        this.#hold()
        if (signal) this.#obey(signal)
        if (target.virtualPort !== undefined) process.nextTick(() => this.#start(target, null))
        else if (isIP(target.host)) process.nextTick(() => this.#start(target, target.host))
        else lookup(target.host, { verbatim: false }, (error, address) => {
            if (error) this.#fail(error)
            else this.#start(target, address)
        })
        return this
    }

    #start(target, address) {
        if (this.#state !== 'starting') return
        const { config } = this.#options
        try {
            this.#host.start()
            if (address === null) {
                this.#socket = this.#host.createListenSocketP2P(target.virtualPort, config)
                this.#virtualPort = target.virtualPort
            } else {
                const text = isIP(address) === 6 ? `[${address}]:${target.port}` : `${address}:${target.port}`
                this.#socket = this.#host.createListenSocketIP(text, config)
            }
        } catch (error) {
            return this.#fail(error)
        }
        if (!this.#socket) {
            return this.#fail(new ConnectionError(`cannot listen on ${target.text}: ${target.why}`, 'ERR_LISTEN_FAILED', 0))
        }
        this.#host.dispatcher.claim(this.#socket, event => this.#onEvent(event))
        this.#host.loop.addServer(this)
        this.#state = 'listening'
        this.emit('listening')
    }

    #fail(error) {
        if (this.#state !== 'starting') return
        this.#end()
        this.emit('error', error)
    }

    // ---- newcomers --------------------------------------------------------------------------------------------------

    // The first event of a connection that came in; those after it go to the connection.
    #onEvent(event) {
        if (event.type !== 'status' || event.info.state !== State.Connecting) return
        const { connection: handle, info } = event
        if (this.#state !== 'listening') {
            this.#host.closeConnection(handle, REASON_CLOSED, 'the server is closing', false)
            return
        }
        const connection = new Connection(this.#host, this, this.#options)
        if (!this.#referenced) connection.unref()
        connection.on('error', ignore) // until it is somebody's; what ends it before is nobody's affair
        connection._attach(handle, info)
        this.#requests.set(connection, handle)
        if (!this.#options.authorize) return this.#accept(connection)
        const request = { identity: info.identityRemote, remoteAddress: info.addrRemote, handle }
        new Promise(resolve => resolve(this.#options.authorize(request)))
            .then(answer => this.#answer(connection, answer))
            .catch(error => {
                this.#refuse(connection, REASON_REFUSED, 'refused')
                this.#host.call(() => this.emit('error', error))
            })
    }

    #answer(connection, answer) {
        if (answer === true) this.#accept(connection)
        else this.#refuse(connection, answer?.code ?? REASON_REFUSED, answer?.reason ?? 'refused')
    }

    // Of a connection that is gone meanwhile the library says so, and the connection has heard of it.
    #accept(connection) {
        if (this.#requests.has(connection)) this.#host.acceptConnection(connection.handle)
    }

    #refuse(connection, code, reason) {
        if (this.#requests.has(connection)) connection.close(code, reason)
    }

    _opened(connection) {
        if (!this.#requests.delete(connection)) return
        this.#connections.add(connection)
        connection.off('error', ignore)
        const listeners = this.listenerCount('connection')
        if (this.#line && (this.#iterations || !listeners)) this.#line.put(connection) // for the next iteration, if need be
        if (!this.#line || listeners) this.#host.call(() => this.emit('connection', connection))
    }

    _lost(connection) {
        if (!this.#iterations) this.#line?.remove(connection)
        this.#requests.delete(connection)
        this.#connections.delete(connection)
        if (this.#state === 'closing' && this.#connections.size + this.#requests.size === 0) this.#closeSocket()
    }

    // The connections that come in, one after the other, until the server is closed. Those that come in between two
    // iterations wait for the next one, as long as they are there and nobody listens for them.
    [Symbol.asyncIterator]() {
        this.#line ??= new WaitingLine()
        const line = this.#line
        if (this.#state === 'closed') line.close()
        let goesOn = true
        this.#iterations++
        return {
            next: async () => {
                const value = goesOn ? await line.take() : undefined
                return { value, done: value === undefined }
            },
            return: async value => {
                if (goesOn) this.#iterations--
                goesOn = false
                return { value, done: true }
            },
            [Symbol.asyncIterator]() { return this }
        }
    }

    // ---- ending -----------------------------------------------------------------------------------------------------

    // Takes nobody any more, closes every connection as its close() does, then stops listening.
    close(callback) {
        if (callback !== undefined) check.callback('close', callback)
        if (callback) this.#closed.then(() => this.#host.call(() => callback()))
        if (this.#state === 'idle' || this.#state === 'starting') this.#end()
        if (this.#state !== 'listening') return this.#closed
        this.#state = 'closing'
        for (const connection of this.#requests.keys()) connection.close(REASON_CLOSED, 'the server is closing')
        for (const connection of this.#connections) connection.close(REASON_CLOSED, 'the server is closing')
        if (this.#connections.size + this.#requests.size === 0) this.#closeSocket()
        return this.#closed
    }

    // The listen socket takes its connections with it, so it goes last.
    #closeSocket() {
        if (this.#socket) {
            const socket = this.#socket
            this.#host.closeListenSocket(socket)
            this.#host.loop.later(() => this.#host.dispatcher.release(socket))
        }
        this.#end()
    }

    _libraryStopped() {
        this.#end()
    }

    #end() {
        if (this.#state === 'closed') return
        const wasOpen = this.#state !== 'idle' && this.#state !== 'starting'
        this.#state = 'closed'
        this.#socket = 0
        this.#signal?.removeEventListener('abort', this.#onAbort)
        this.#host.loop.removeServer(this)
        process.nextTick(() => {
            this.#letGo()
            this.#line?.close()
            this.#resolveClosed()
            if (wasOpen) this.#host.call(() => this.emit('close'))
        })
    }

    #obey(signal) {
        this.#signal = signal
        this.#onAbort = () => this.close()
        if (signal.aborted) process.nextTick(this.#onAbort)
        else signal.addEventListener('abort', this.#onAbort, { once: true })
    }

    [Symbol.asyncDispose]() {
        return this.close()
    }

    // ---- keeping the process alive ----------------------------------------------------------------------------------

    // Of the listening and of connections that come in from now on.
    ref() {
        this.#referenced = true
        if (this.#state !== 'closed' && this.#state !== 'idle') this.#hold()
        return this
    }

    unref() {
        this.#referenced = false
        this.#letGo()
        return this
    }

    #hold() {
        if (!this.#holds && this.#referenced) {
            this.#holds = true
            this.#host.loop.hold()
        }
    }

    #letGo() {
        if (this.#holds) this.#host.loop.letGo()
        this.#holds = false
    }
}

function ignore() {}

module.exports = { Server }
