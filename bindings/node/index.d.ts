/**
 * Fumarole for Node: messages over UDP for games, with the functions that programs for steamworks-ffi-node know.
 * docs/bindings/node.md is the guide.
 */
import {
    EResult,
    ESteamNetworkingAvailability,
    ESteamNetworkingConfigValue,
    ESteamNetworkingConnectionState,
    ESteamNetworkingIdentityType,
    ESteamNetworkingSocketsDebugOutputType
} from './generated/enums'

export * from './generated/enums'
export * from './lib/events'

/** A connection; 0 is none. */
export type HSteamNetConnection = number
/** A listen socket; 0 is none. */
export type HSteamListenSocket = number
/** A poll group; 0 is none. */
export type HSteamNetPollGroup = number

/** What a message can be made of. Strings are sent as UTF-8. */
export type MessageData = string | Buffer | NodeJS.ArrayBufferView | ArrayBuffer

/** Removes the handler that was added. */
export type Unsubscribe = () => void

/**
 * Configuration values that a listen socket or connection begins with, by name or number:
 * `{ NagleTime: 0, TimeoutInitial: 5000 }`. The library converts between numbers and strings.
 */
export type ConfigOptions = {
    [name in keyof typeof ESteamNetworkingConfigValue | number]?: number | bigint | string
}

export interface InitOptions {
    /** Which application this is, by default 0. Both ends of a connection have to say the same. */
    appId?: number
    /**
     * Who this process is: a Steam ID (decimal string or bigint) or the text form of any identity (`'str:alice'`).
     * Without it: the environment variable FUMAROLE_IDENTITY, or else a Steam ID chosen at random.
     */
    identity?: string | bigint
    /**
     * Callbacks run by themselves as soon as there is something to deliver, and open connections and listen sockets keep
     * the process alive. Without it the program calls `runCallbacks`.
     */
    autoRunCallbacks?: boolean
}

export interface SteamStatus {
    /** Whether `init` has succeeded and `shutdown` has not followed. */
    initialized: boolean
    /** What `init` was given; 0 before. */
    appId: number
    /** The Steam ID of this process in decimal, '0' if it has none. */
    steamId: string
    /** Why the last `init` failed; '' if it did not. */
    error: string
}

export interface NetworkingMessage {
    /**
     * The payload. Small ones are slices of one Buffer for each batch of up to 256 messages, as small Buffers of Node
     * are: who keeps one for long keeps the batch, at most 1 MiB; `Buffer.from(data)` makes a copy that stands alone.
     */
    data: Buffer
    /** Bytes of the payload. */
    size: number
    /** The connection that it came from. */
    connection: HSteamNetConnection
    /** The sender: a Steam ID in decimal, or the text form of another identity. */
    identity: string
    /** The lane, from 0. */
    channel: number
    /** 8 if it was sent reliably, otherwise 0. */
    flags: number
    /** The sender's count on this lane, from 1n. */
    messageNumber: bigint
    /** The same as `identity`. */
    identityPeer: string
    /** User data of the connection when the message was fetched; -1n if none was set. */
    connectionUserData: bigint
    /** When it arrived, in microseconds on the clock of `getLocalTimestamp`. */
    timeReceived: bigint
}

export interface ConnectionInfo {
    /** The peer: a Steam ID in decimal, the text form of another identity, '' until the peer has named itself. */
    identityRemote: string
    state: ESteamNetworkingConnectionState
    /** None, Connecting, Finding Route, Connected, Closed By Peer, Problem Detected Locally. */
    stateName: string
    /** Why it ended: 1000 to 2999 from the application that closed it, others from the library; 0 if it has not ended. */
    endReason: number
    /** The text that goes with it, for people. */
    endDebug: string
    /** For people. */
    connectionDescription: string
    /** Address and port of the peer, '' if there is none. */
    addrRemote: string
    /** What `setConnectionUserData` has stored, -1n if nothing. */
    userData: bigint
    /** Where it came in; 0 if this end started it. */
    listenSocket: HSteamListenSocket
    /** The same as `addrRemote`. */
    remoteAddress: string
    popIdRemote: number
    popIdRelay: number
    /** The same as `endDebug`. */
    endDebugMessage: string
    /** A sum: 1 nobody vouches for the peer, 2 not encrypted, 4 inside this process, 8 very near, 16 relayed. */
    flags: number
}

export interface QuickConnectionStatus {
    state: ESteamNetworkingConnectionState
    /** Round trip in milliseconds, -1 if unknown. */
    ping: number
    /** Share of packets that came in order, 0 to 1; -1 if unknown. */
    connectionQualityLocal: number
    /** The same as the peer sees it. */
    connectionQualityRemote: number
    outPacketsPerSec: number
    outBytesPerSec: number
    inPacketsPerSec: number
    inBytesPerSec: number
    /** How fast this end may send at present. */
    sendRateBytesPerSecond: number
    /** Unreliable bytes that wait to be sent. */
    pendingUnreliable: number
    /** Reliable bytes that wait to be sent, with those that must be sent again. */
    pendingReliable: number
    /** Reliable bytes sent whose arrival is not known. */
    sentUnackedReliable: number
    /** How long a new message would wait, in microseconds; 9223372036854775807n if there is no telling. */
    usecQueueTime: bigint
    /** Highest jitter since the last call in microseconds, -1 if unknown. */
    maxJitterUsec: number
}

export interface SendMessageResult {
    /** Whether `result` is OK. */
    success: boolean
    result: EResult
    /** The message's number on its lane, 0n if it was not accepted. */
    messageNumber: bigint
}

export interface ConnectionStateChange {
    connection: HSteamNetConnection
    oldState: ESteamNetworkingConnectionState
    newState: ESteamNetworkingConnectionState
    /** The connection right after the change. */
    info: ConnectionInfo
}

export interface P2PConnectionRequest {
    /** To be given to `acceptConnection` or `closeConnection`. */
    connection: HSteamNetConnection
    identityRemote: string
    listenSocket: HSteamListenSocket
}

export interface NetworkingIdentity {
    /** In decimal. */
    steamId: string
    /** 16, a Steam ID. */
    type: ESteamNetworkingIdentityType
    /** The Steam ID, so that `${identity}` shows it. */
    toString(): string
}

export interface AuthenticationStatus {
    availability: ESteamNetworkingAvailability
    /** For people. */
    debugMessage: string
}

export interface LaneOptions {
    /** A lane gets a turn only when all lanes with lower numbers are empty. Default 0. */
    priority?: number
    /** Share among lanes of equal priority, from 1. Default 1. */
    weight?: number
}

export declare class NetworkingSockets {
    private constructor()

    /** Listens for connections to this process's identity. Returns 0 if the port is taken. Default port: 0. */
    createListenSocketP2P(virtualPort?: number, options?: ConfigOptions): HSteamListenSocket
    /**
     * Listens at an address: `'0.0.0.0:27015'`, `'[::]:27015'`; port 0 takes any free one. Returns 0 if it cannot be had.
     * Not in steamworks-ffi-node.
     */
    createListenSocketIP(address: string, options?: ConfigOptions): HSteamListenSocket
    /** The address of a listen socket with its port; null for an unknown one and one without an address. */
    getListenSocketAddress(listenSocket: HSteamListenSocket): string | null
    /** Closes a listen socket, and with it every connection that came in through it. */
    closeListenSocket(listenSocket: HSteamListenSocket): boolean

    /**
     * Connects to an identity: a Steam ID in decimal or as bigint, or the text form of another kind. Returns 0 if it cannot
     * be reached; identities of other processes need a back end, which this version does not have yet.
     */
    connectP2P(steamIdRemote: string | bigint, virtualPort?: number, options?: ConfigOptions): HSteamNetConnection
    /** Connects to an address, `'192.0.2.7:27015'`. Not in steamworks-ffi-node. */
    connectByIPAddress(address: string, options?: ConfigOptions): HSteamNetConnection
    /** Lets an incoming connection in. */
    acceptConnection(connection: HSteamNetConnection): boolean
    /** The same, and tells why not. */
    acceptConnectionResult(connection: HSteamNetConnection): EResult
    /**
     * Ends a connection, refuses an incoming one, or gives back the handle of one that has ended.
     *
     * @param reason 1000 to 1999 ordinary, 2000 to 2999 exceptional; 0 becomes 1000
     * @param debug goes to the peer, cut to 127 bytes
     * @param enableLinger first delivers what was sent reliably, in the background
     */
    closeConnection(connection: HSteamNetConnection, reason?: number, debug?: string, enableLinger?: boolean): boolean

    /** Sends a message; `flags` is a sum of ESteamNetworkingSendFlags, by default 8 (reliable). 1 is success. */
    sendMessage(connection: HSteamNetConnection, data: MessageData, flags?: number, lane?: number): EResult
    /** The same with the message's number. */
    sendMessageEx(connection: HSteamNetConnection, data: MessageData, flags?: number, lane?: number): SendMessageResult
    sendReliable(connection: HSteamNetConnection, data: MessageData): SendMessageResult
    sendUnreliable(connection: HSteamNetConnection, data: MessageData): SendMessageResult
    /** Fetches messages of a connection, by default at most 100. Empty if there are none. */
    receiveMessages(connection: HSteamNetConnection, maxMessages?: number): NetworkingMessage[]
    /** Sends at once what waits to fill a packet. */
    flushMessagesOnConnection(connection: HSteamNetConnection): EResult
    /** The same as `flushMessagesOnConnection`. */
    flushMessages(connection: HSteamNetConnection): EResult
    /** Divides a connection into lanes with an order of their own, for sending from this end. */
    configureConnectionLanes(connection: HSteamNetConnection, lanes: LaneOptions[]): EResult

    /** Makes a set of connections whose messages are fetched together. */
    createPollGroup(): HSteamNetPollGroup
    /** Ends it; its connections go on. */
    destroyPollGroup(pollGroup: HSteamNetPollGroup): boolean
    /** Moves a connection into a poll group; 0 takes it out. */
    setConnectionPollGroup(connection: HSteamNetConnection, pollGroup: HSteamNetPollGroup): boolean
    /** Fetches messages of all connections of a poll group, by default at most 100. */
    receiveMessagesOnPollGroup(pollGroup: HSteamNetPollGroup, maxMessages?: number): NetworkingMessage[]

    /** Null for an unknown handle. */
    getConnectionInfo(connection: HSteamNetConnection): ConnectionInfo | null
    /** A report of several lines for people; '' for an unknown handle. */
    getDetailedConnectionStatus(connection: HSteamNetConnection): string
    /** How a connection is doing, cheaply enough for every frame; null for an unknown handle. */
    getQuickConnectionStatus(connection: HSteamNetConnection): QuickConnectionStatus | null
    /** The same as `getQuickConnectionStatus`. */
    getConnectionRealTimeStatus(connection: HSteamNetConnection): QuickConnectionStatus | null
    /** -1n if nothing was stored, and for an unknown handle. */
    getConnectionUserData(connection: HSteamNetConnection): bigint
    /** Stores a number of 64 bits that messages and events of the connection carry. */
    setConnectionUserData(connection: HSteamNetConnection, userData: bigint | number): boolean
    /** '' if it has none, and for an unknown handle. */
    getConnectionName(connection: HSteamNetConnection): string
    /** Names a connection for its description, cut to 31 bytes. */
    setConnectionName(connection: HSteamNetConnection, name: string): void
    /** Sets a configuration value of a connection; false if it does not exist or cannot be set there. */
    setConnectionConfigValue(connection: HSteamNetConnection, configKey: ESteamNetworkingConfigValue | number,
        value: number | bigint | string): boolean
    /** Reads one; null if there is no such value, and for texts. The registered type decides, not `isFloat`. */
    getConnectionConfigValue(connection: HSteamNetConnection, configKey: ESteamNetworkingConfigValue | number,
        isFloat?: boolean): number | null

    /** Who this process is, if that is a Steam ID; otherwise null. */
    getIdentity(): NetworkingIdentity | null
    /** The text form of the identity of any kind: `'steamid:76561198012345678'`, `'str:alice'`. '' before init. */
    getIdentityText(): string
    /** Gets a certificate in advance; returns the same as `getAuthenticationStatus`. */
    initAuthentication(): ESteamNetworkingAvailability
    /** 100 when this process can prove its identity. */
    getAuthenticationStatus(): ESteamNetworkingAvailability
    /** The text that goes with it. */
    getAuthenticationStatusText(): string

    /** The same as `runCallbacks` of the main object. */
    runCallbacks(): void
    /** Calls the handler, inside runCallbacks, for every change of a connection of this environment. */
    onConnectionStateChange(handler: (change: ConnectionStateChange) => void): Unsubscribe
    /** Calls the handler, inside runCallbacks, once for every connection that comes in. */
    onConnectionRequest(handler: (request: P2PConnectionRequest) => void): Unsubscribe
    onAuthenticationStatus(handler: (status: AuthenticationStatus) => void): Unsubscribe
    /** What has changed since the last call, for programs without handlers; the newest 1024. */
    getPendingStateChanges(): ConnectionStateChange[]
    /** What has come in since the last call; the newest 1024. */
    getPendingConnectionRequests(): P2PConnectionRequest[]

    /** Connections of this environment that are connecting or connected. */
    getActiveConnections(): HSteamNetConnection[]
    /** Whether a connection is connecting or connected. */
    isConnectionActive(connection: HSteamNetConnection): boolean
    getActiveListenSockets(): HSteamListenSocket[]
    /** Closes all connections, listen sockets and poll groups of this environment; not those of createServer and connect. */
    closeAll(): void
}

export interface RelayNetworkStatus {
    availability: ESteamNetworkingAvailability
    /** Its name, for example 'CannotTry'. */
    availabilityName: string
    pingMeasurementInProgress: boolean
    networkConfigAvailability: ESteamNetworkingAvailability
    anyRelayAvailability: ESteamNetworkingAvailability
    /** The same as `networkConfigAvailability`. */
    availableConfig: ESteamNetworkingAvailability
    /** The same as `anyRelayAvailability`. */
    availableRelay: ESteamNetworkingAvailability
    /** For people. */
    debugMessage: string
}

export interface PingLocation {
    /** A text that other processes can read. */
    locationString: string
    /** Seconds since it was measured. */
    dataAge: number
}

export interface PingEstimate {
    /** Milliseconds, negative if it is not known. */
    pingMs: number
    valid: boolean
    /** The same as `valid`. */
    isValid: boolean
    /** Why it is not known. */
    error?: string
}

export interface POPInfo {
    popId: number
    /** Three or four characters. */
    popCode: string
}

/** A data centre: its code, number, or entry of the list. */
export type POP = string | number | POPInfo

/** Relays and ping times need a back end that this version does not have yet; docs/api/README.md. */
export declare class NetworkingUtils {
    private constructor()

    initRelayNetworkAccess(): boolean
    getRelayNetworkStatus(): RelayNetworkStatus
    onRelayNetworkStatus(handler: (status: RelayNetworkStatus) => void): Unsubscribe
    /** Null if nothing is known. */
    getLocalPingLocation(): PingLocation | null
    estimatePingBetweenLocations(location1: string | PingLocation, location2: string | PingLocation): PingEstimate
    estimatePingFromString(locationString: string): PingEstimate
    /** Whether ping data is newer than that; measures anew if not. */
    checkPingDataUpToDate(maxAgeSeconds: number): boolean
    getPOPCount(): number
    getPOPList(): POPInfo[]
    /** Null if it is not known. */
    getPingToDataCenter(pop: POP): { pingMs: number, viaRelayPOP: number } | null
    /** Milliseconds, negative if it is not known. */
    getDirectPingToPOP(pop: POP): number
    /** Sets a configuration value for the whole process. Not in steamworks-ffi-node. */
    setGlobalConfigValue(configKey: ESteamNetworkingConfigValue | number, value: number | bigint | string): boolean
    /** Reads one; null if there is no such value, and for texts. */
    getGlobalConfigValue(configKey: ESteamNetworkingConfigValue | number): number | null
    /** The library's clock in microseconds. */
    getLocalTimestamp(): bigint
    /** Lets the library write diagnostics to stderr: 0 nothing, 4 warnings, 5 messages, 8 everything. */
    setDebugOutputLevel(level: ESteamNetworkingSocketsDebugOutputType | number): void
}

export declare class Fumarole {
    private constructor()

    /** The one object of this environment (main thread or worker). */
    static getInstance(): Fumarole
    /** The version of the library. */
    static readonly version: string

    readonly networkingSockets: NetworkingSockets
    readonly networkingUtils: NetworkingUtils
    readonly core: {
        /** The Steam ID of this process in decimal, '0' if it has none. */
        getSteamId(): string
        isInitialized(): boolean
    }

    /** Starts the library. False on failure, and then `getStatus().error` says why; true also if it runs already. */
    init(options?: InitOptions): boolean
    /**
     * Delivers what has happened to the handlers. An error that a handler throws is thrown from here when everything is
     * delivered; an AggregateError if there are several.
     */
    runCallbacks(): void
    /** Closes what this environment has open and, as the last one in the process, stops the library. */
    shutdown(): void
    getStatus(): SteamStatus
    /** With autoRunCallbacks: what is open keeps the process alive, as at first. */
    ref(): this
    /** With autoRunCallbacks: what is open does not keep the process alive. */
    unref(): this
}

/** The same class under the name that programs for steamworks-ffi-node import. */
export declare const SteamworksSDK: typeof Fumarole
export type SteamworksSDK = Fumarole

/** The name of an availability, 'Unknown' for another number. */
export declare function getAvailabilityName(availability: ESteamNetworkingAvailability | number): string
/** The code of a data centre. */
export declare function popIdToString(popId: number): string
/** The number of a data centre. */
export declare function stringToPopId(code: string): number

export default Fumarole
