'use strict'

// Delivers what has happened. The addon hands over the events of one run of callbacks at once; from here they go, one
// after the other, to whoever has claimed the connection, or else to the handlers and the lists of what is pending.
//
// A handler may do anything: close what the event is about, call runCallbacks, shut down, throw. What it throws stops no
// other handler and loses no event; run() throws it when all is delivered.
const native = require('./addon')

const PENDING_MAX = 1024

class Dispatcher {
    constructor() {
        this.claims = new Map()
        this.handlers = { change: new Set(), request: new Set(), authentication: new Set(), relay: new Set() }
        this.pending = { change: [], request: [] }
        this.queue = []
        this.delivering = false
    }

    /**
     * From now on the events about a connection or a listen socket (and what comes in through it) go to this function
     * and to nobody else: ({ type, connection, ... }) as the addon makes them.
     */
    claim(handle, receiver) {
        this.claims.set(handle, receiver)
    }

    release(handle) {
        this.claims.delete(handle)
    }

    isClaimed(handle) {
        return this.claims.has(handle)
    }

    /** Adds a handler and returns the function that removes it. The same function may be added again. */
    add(kind, handler) {
        const entry = { handler }
        this.handlers[kind].add(entry)
        return () => { this.handlers[kind].delete(entry) }
    }

    takePending(kind) {
        const taken = this.pending[kind]
        this.pending[kind] = []
        return taken
    }

    /** Runs the library's callbacks and delivers. Inside a handler it only fetches; the outer run delivers. */
    run() {
        const events = native.runCallbacks()
        if (events !== null) for (const event of events) this.queue.push(event)
        if (this.delivering || this.queue.length === 0) return
        const errors = []
        this.delivering = true
        try {
            while (this.queue.length > 0) {
                const batch = this.queue
                this.queue = []
                for (const event of batch) {
                    if (this.dropped) break
                    this.deliver(event, errors)
                }
                if (this.dropped) this.dropped = false
            }
        } finally {
            this.delivering = false
        }
        if (errors.length === 1) throw errors[0]
        if (errors.length > 1) throw new AggregateError(errors, `${errors.length} handlers have thrown`)
    }

    /** Forgets what is not delivered yet, and the claims. Handlers stay, as they would over init in other libraries. */
    clear() {
        this.queue = []
        this.dropped = this.delivering
        this.claims.clear()
        this.pending = { change: [], request: [] }
    }

    deliver(event, errors) {
        if (event.type === 'status') this.deliverStatus(event, errors)
        else if (event.type === 'drained') this.call(this.claims.get(event.connection), event, errors)
        else this.notify(event.type, event.status, errors)
    }

    deliverStatus(event, errors) {
        const { connection, oldState, info } = event
        const receiver = this.claims.get(connection) ?? this.claims.get(info.listenSocket)
        if (receiver !== undefined) {
            this.call(receiver, event, errors)
            if (info.state === 0) this.claims.delete(connection)
            return
        }
        const change = { connection, oldState, newState: info.state, info }
        this.keep('change', change)
        const isRequest = oldState === 0 && info.state === 1 && info.listenSocket !== 0
        const request = { connection, identityRemote: info.identityRemote, listenSocket: info.listenSocket }
        if (isRequest) this.keep('request', request)
        this.notify('change', change, errors)
        if (isRequest) this.notify('request', request, errors)
    }

    // A program that uses handlers does not fetch these, so there is an end to them.
    keep(kind, item) {
        const list = this.pending[kind]
        list.push(item)
        if (list.length > PENDING_MAX) list.shift()
    }

    notify(kind, item, errors) {
        for (const { handler } of [...this.handlers[kind]]) this.call(handler, item, errors)
    }

    call(receiver, item, errors) {
        if (receiver === undefined) return
        try {
            receiver(item)
        } catch (error) {
            errors.push(error)
        }
    }
}

module.exports = new Dispatcher()
