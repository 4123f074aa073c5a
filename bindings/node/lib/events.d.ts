/** Servers and connections in the manner of Node's own; docs/bindings/node.md shows them at work. */
import { EventEmitter } from 'node:events'
import {
    ConfigOptions,
    HSteamListenSocket,
    HSteamNetConnection,
    MessageData,
    NetworkingMessage,
    QuickConnectionStatus
} from '../index'

/** Why a connection did not come about or broke, or why a server does not listen. */
export declare class ConnectionError extends Error {
    constructor(message: string, code: string, reason: number, options?: { cause?: unknown })
    readonly name: 'ConnectionError'
    /**
     * ETIMEDOUT, ECONNREFUSED (the peer said no), ECONNRESET and EPROTO (it broke), ERR_CONNECTION_CLOSED,
     * ERR_CONNECT_FAILED, ERR_LISTEN_FAILED, ERR_SEND_FAILED
     */
    readonly code: string
    /** The library's number for it (`ESteamNetConnectionEnd`); 0 if it has none. */
    readonly reason: number
}

/** How a connection ended. */
export interface CloseReason {
    /** 1000 to 2999 from the application that closed it, others from the library (`ESteamNetConnectionEnd`). */
    code: number
    /** The text that goes with it. */
    reason: string
    /** Whether the peer closed it. */
    remote: boolean
}

export interface SendOptions {
    /** Arrives once and in order, or the connection breaks. Default: true. */
    reliable?: boolean
    /** Does not wait for others to share a packet with. */
    noNagle?: boolean
    /** Not sent at all rather than late; only where `reliable` is false. */
    noDelay?: boolean
    /** Which lane; there is one, 0, until `configureConnectionLanes` makes more. */
    lane?: number
}

export interface ConnectionEvents {
    /** The connection is open. Connections of a server are when they appear. */
    connect: []
    message: [message: NetworkingMessage]
    /** There is room again after `send` returned false. */
    drain: []
    /** It did not come about, or broke, or was aborted; `close` follows. */
    error: [error: Error]
    /** It is over. Always the last. */
    close: [code: number, reason: string]
}

export interface ServerEvents {
    listening: []
    connection: [connection: Connection]
    error: [error: Error]
    close: []
}

/** One end of a connection. `connect` makes them, and servers do. */
export declare class Connection extends EventEmitter implements AsyncIterable<NetworkingMessage> {
    private constructor()

    on<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    once<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    off<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    addListener<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    removeListener<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    prependListener<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this
    prependOnceListener<Name extends keyof ConnectionEvents>(event: Name, listener: (...values: ConnectionEvents[Name]) => void): this

    /** The number by which the functions of the class `Fumarole` know it; 0 before and after. */
    readonly handle: HSteamNetConnection
    readonly state: 'connecting' | 'open' | 'closing' | 'closed'
    /** The server that it came in through, or null. */
    readonly server: Server | null
    /** The peer: a Steam ID in decimal, or the text form of another identity; '' until it is known. */
    readonly identity: string
    /** Address and port of the peer, '' if there is none. */
    readonly remoteAddress: string
    /** Bytes that wait to be sent. */
    readonly bufferedAmount: number
    /** Ping, rates and queues; null when there is no connection. */
    readonly status: QuickConnectionStatus | null
    /** Resolves with the connection once it is open, rejects if it never is. */
    readonly ready: Promise<this>
    /** Resolves when it is over, in whatever way. */
    readonly closed: Promise<CloseReason>

    /**
     * True: go on. False: enough for now, `drain` tells when there is room. A reliable message is taken either way, an
     * unreliable one may be dropped when there is no room. Once the connection has begun to end: false, without effect.
     */
    send(data: MessageData, options?: SendOptions): boolean
    /** Sends what waits to fill a packet. */
    flush(): void

    /** The next message; undefined when the connection was closed and everything is read. Rejects if it broke. */
    receive(options?: { signal?: AbortSignal }): Promise<NetworkingMessage | undefined>
    /** Messages, until it is closed. Leaving the loop early leaves the connection open. */
    [Symbol.asyncIterator](): AsyncIterableIterator<NetworkingMessage>
    /** Leaves messages where they hold up the sender, until `resume`. */
    pause(): this
    resume(): this
    isPaused(): boolean

    /** Closes once the peer has everything that was sent reliably. Code from 1000 (default) to 2999, text for the peer. */
    close(code?: number, reason?: string): Promise<CloseReason>
    /** Closes at once, whatever is still on its way. */
    destroy(error?: Error): this
    [Symbol.asyncDispose](): Promise<CloseReason>

    /** A page of figures for people. */
    describe(): string
    /** Whether it keeps the process alive. It does at first. */
    ref(): this
    unref(): this
}

/** What `authorize` judges. */
export interface ConnectionRequest {
    /** Who asks: a Steam ID in decimal, or the text form of another identity. */
    identity: string
    remoteAddress: string
    handle: HSteamNetConnection
}

/** True: let in. Anything else: refuse, with 1000 and 'refused' if it does not say otherwise. */
export type Authorization = boolean | { code?: number, reason?: string }

export interface ServerOptions {
    /** Decides who may come in. Everybody, without it. */
    authorize?: (request: ConnectionRequest) => Authorization | Promise<Authorization>
    /** Bytes that may wait in a connection before its `send` returns false. Default: 262144. */
    highWaterMark?: number
    /** Configuration values of the listen socket and of what comes in through it. */
    config?: ConfigOptions
}

export interface ListenOptions {
    /** 0, the default: a free one. */
    port?: number
    /** Address or name. Default: '::', everything that this machine has. */
    host?: string
    /** Instead of port and host: for connections by identity. */
    virtualPort?: number
    /** Closes the server. */
    signal?: AbortSignal
}

export type ServerAddress = { address: string, port: number, family: 'IPv4' | 'IPv6' } | { virtualPort: number }

/** Made by `createServer`. */
export declare class Server extends EventEmitter implements AsyncIterable<Connection> {
    private constructor()

    on<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    once<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    off<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    addListener<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    removeListener<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    prependListener<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this
    prependOnceListener<Name extends keyof ServerEvents>(event: Name, listener: (...values: ServerEvents[Name]) => void): this

    /** The number by which the functions of the class `Fumarole` know its listen socket; 0 when it does not listen. */
    readonly handle: HSteamListenSocket
    readonly listening: boolean
    /** Those that are open, in a Set of their own. */
    readonly connections: Set<Connection>

    listen(port?: number, host?: string, listener?: () => void): this
    listen(port: number, listener: () => void): this
    listen(address: string, listener?: () => void): this
    listen(options: ListenOptions, listener?: () => void): this
    listen(listener: () => void): this
    /** Where it listens, null if it does not. */
    address(): ServerAddress | null
    /** Takes nobody any more, closes every connection as its `close` does, then stops listening. */
    close(callback?: () => void): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
    /** Connections as they come in, until it is closed. */
    [Symbol.asyncIterator](): AsyncIterableIterator<Connection>

    /** Whether it, and what comes in from now on, keep the process alive. They do at first. */
    ref(): this
    unref(): this
}

export interface ConnectOptions {
    /** Gives up, or closes the connection later, with an AbortError. */
    signal?: AbortSignal
    /** Bytes that may wait before `send` returns false. Default: 262144. */
    highWaterMark?: number
    /** Configuration values of the connection. */
    config?: ConfigOptions
    /** 4 or 6: which addresses of a name to take. */
    family?: 0 | 4 | 6
}

export interface ConnectToAddress extends ConnectOptions {
    port: number
    /** Address or name. Default: 'localhost'. */
    host?: string
    identity?: undefined
}

export interface ConnectToIdentity extends ConnectOptions {
    /** A Steam ID (decimal string or bigint) or the text form of another identity. */
    identity: string | bigint
    /** Default: 0. */
    virtualPort?: number
}

/** A server that does not listen yet. `listener` hears 'connection'. */
export declare function createServer(options?: ServerOptions, listener?: (connection: Connection) => void): Server
export declare function createServer(listener: (connection: Connection) => void): Server

/** Opens a connection. `listener` hears 'connect'. */
export declare function connect(target: ConnectToAddress | ConnectToIdentity, listener?: () => void): Connection
export declare function connect(address: string, options?: ConnectOptions, listener?: () => void): Connection
export declare function connect(address: string, listener: () => void): Connection
export declare function connect(port: number, host?: string, options?: ConnectOptions, listener?: () => void): Connection
export declare function connect(port: number, options: ConnectOptions, listener?: () => void): Connection
export declare function connect(port: number, host: string, listener: () => void): Connection
