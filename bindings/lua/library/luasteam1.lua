---@meta luasteam1
-- Made by bindings/description/generate.py from lua.json; do not edit.

---What `require 'luasteam'` returns; `require 'fumarole'` returns the same table.
---@class luasteam1.Steam
local Steam = {}

---Starts the library; call it before anything else.
---@param identity? luasteam.uint64|string|integer who this process is (this project): a uint64, its decimal text or a text such as `"str:alice"`; without it the environment variable FUMAROLE_IDENTITY, and without that nobody in particular. A library that runs already as somebody else is a failure
---@return boolean success whether it runs
---@return string? problem why it does not
function Steam.init(identity) end

---Closes all connections and sockets and stops the library. `init` may follow.
function Steam.shutdown() end

---Calls the functions that are assigned to the callbacks for everything that has happened. Call it often, in a game once a frame. Of a program that only spins it takes the edge by waiting up to 0.1 ms (see `setPacing`). An error in a callback is raised here, with its traceback, after the others have been called.
function Steam.runCallbacks() end

---64-bit numbers.
---@class luasteam1.extra
local extra = {}

---Makes a 64-bit number of decimal text.
---@param text string decimal digits; anything else is an error
---@return luasteam.uint64 number
function extra.parseUint64(text) end

Steam.extra = extra

---The local user.
---@class luasteam1.user
local user = {}

---Who this process is, as a number: its Steam ID, or a number of the same form that is made from its identity.
---@return luasteam.uint64 id
function user.getSteamID() end

Steam.user = user

---The relay network.
---@class luasteam1.networkingUtils
local networkingUtils = {}

---Asks for access to the relay network. There is none without a back end; it does no harm.
function networkingUtils.initRelayNetworkAccess() end

---How the access stands, in the numbers of `onAuthenticationStatus`: -102 without a back end.
---@return integer status
function networkingUtils.getRelayNetworkStatus() end

Steam.networkingUtils = networkingUtils

---Connections and messages. `flags` is the table of send flags. In the older generation (`require 'luasteam1'`) some functions return something else; it is given with each.
---@class luasteam1.networkingSockets
---@field onConnectionChanged? fun(data: luasteam.ConnectionChange) Called by `runCallbacks` when a connection has changed its state. A server answers `Connecting` with `acceptConnection`; both sides close connections that are `ClosedByPeer` or `ProblemDetectedLocally`.
---@field onAuthenticationStatus? fun(data: luasteam.AuthenticationChange) Called by `runCallbacks` when it has changed whether this process can prove who it is.
---@field apiVersion integer the generation: 2, or 1 for the older; can be set, best before anything else is called (only here)
local networkingSockets = {}

---How a message is sent.
networkingSockets.flags = {
    Send_Unreliable = 0,
    Send_UnreliableNoNagle = 1,
    Send_UnreliableNoDelay = 5,
    Send_Reliable = 8,
    Send_ReliableNoNagle = 9,
    Unreliable = 0,
    UnreliableNoNagle = 1,
    UnreliableNoDelay = 5,
    Reliable = 8,
    ReliableNoNagle = 9,
}

---Listens for connections to this process's identity. Without a back end only this process itself can connect.
---@param virtualPort integer 0 to 65535; tells several sockets of one process apart
---@param options? luasteam.Options
---@return luasteam.ListenSocket|nil socket
---@return string? problem
function networkingSockets.createListenSocketP2P(virtualPort, options) end

---Connects to an identity. Without a back end that is this process itself; others give 0.
---@param steamID luasteam.uint64|string|integer
---@param virtualPort integer
---@param options? luasteam.Options
---@return luasteam.ConnectionObject|nil connection
---@return string? problem
function networkingSockets.connectP2P(steamID, virtualPort, options) end

---Listens for connections over UDP.
---@param address string `"[::]:27015"` for every address of this machine, `"127.0.0.1:27015"` for one; port 0 lets the system choose (see `address` of the socket)
---@param options? luasteam.Options
---@return luasteam.ListenSocket|nil socket the socket; nil on failure, for example because the port is taken
---@return string? problem why
function networkingSockets.createListenSocketIP(address, options) end

---Connects to an address and port. The result comes at once; that the connection stands is told by `onConnectionChanged`.
---@param address string
---@param options? luasteam.Options
---@return luasteam.ConnectionObject|nil connection
---@return string? problem
function networkingSockets.connectByIPAddress(address, options) end

---Accepts a connection that came in through a listen socket; call it when `onConnectionChanged` says `Connecting`. A connection that shall not be accepted is closed.
---@param connection luasteam.Connection
---@return luasteam.Result result `OK`; `InvalidParam` for an unknown connection, `InvalidState` for one that does not wait to be accepted
function networkingSockets.acceptConnection(connection) end

---Closes a connection and forgets it. Also for connections that have ended by themselves.
---@param connection luasteam.Connection
---@param linger? boolean true: reliable messages that wait are delivered first; otherwise they are lost
function networkingSockets.closeConnection(connection, linger) end

---Stops listening, and drops the connections that came in through this socket.
---@param socket luasteam.ListenSocket|integer
function networkingSockets.closeListenSocket(socket) end

---Sends one message: any bytes, up to 512 KiB.
---@param connection luasteam.Connection
---@param message string
---@param flag integer a member of `flags`
---@return luasteam.Result result `OK`; `InvalidParam`, `NoConnection` after the peer has closed, `Ignored` for a NoDelay message that could not leave at once, `LimitExceeded` when the send buffer is full
function networkingSockets.sendMessageToConnection(connection, message, flag) end

---Sends several messages, to any connections. If one fails, later ones to the same connection fail too.
---@param n integer how many entries of `messages` are sent
---@param messages luasteam.OutgoingMessage[]
---@return boolean[] sent 1 to n: whether that message was taken
function networkingSockets.sendMessages(n, messages) end

---Sends now what waits for company (Nagle).
---@param connection luasteam.Connection
---@return luasteam.Result result `OK`; `Ignored` while connecting, `InvalidParam`, `NoConnection`
function networkingSockets.flushMessagesOnConnection(connection) end

---Takes up to 32 messages that have arrived, the oldest first. An empty message is the empty string.
---@param connection luasteam.Connection
---@param most? integer 1 to 32; this project's addition
---@return string[] messages
function networkingSockets.receiveMessagesOnConnection(connection, most) end

---Gets what is needed to prove who this process is. On one machine that is there at once, without a back end.
---@return integer status as in `onAuthenticationStatus`
function networkingSockets.initAuthentication() end

---Whether this process can prove who it is, as in `onAuthenticationStatus`.
---@return integer status
---@return string text
function networkingSockets.getAuthenticationStatus() end

---Describes a connection in words.
---@param connection luasteam.Connection
---@return string code `OK`, or `None` for an unknown connection
---@return string description `"#"`, its number and who is at the other end; empty for an unknown connection
function networkingSockets.getConnectionInfo(connection) end

---Who this process is, as a number.
---@return luasteam.uint64? id nil if that is not known
function networkingSockets.getIdentity() end

---Makes a group of connections whose messages are received together.
---@return integer pollGroup its number
function networkingSockets.createPollGroup() end

---Forgets a poll group. Its connections live on.
---@param pollGroup integer
---@return boolean destroyed false for an unknown group
function networkingSockets.destroyPollGroup(pollGroup) end

---Puts a connection into a poll group, or with 0 into none. What has arrived already goes along.
---@param connection luasteam.Connection
---@param pollGroup integer
---@return boolean done false for an unknown connection or group
function networkingSockets.setConnectionPollGroup(connection, pollGroup) end

---Takes up to 32 messages that have arrived on the connections of a group.
---@param pollGroup integer
---@param most? integer 1 to 32; this project's addition
---@return integer n how many; -1 for an unknown group
---@return luasteam.GroupMessage[]? messages 1 to n; nil for an unknown group
function networkingSockets.receiveMessagesOnPollGroup(pollGroup, most) end

Steam.networkingSockets = networkingSockets

---What this project adds; programs that use it do not run on luasteam.
---@class luasteam1.fumarole
---@field version string the library's version
local fumarole = {}

---Waits until something can be received or `runCallbacks` has something to do. It returns at once as long as any message waits unread, on any connection of the process.
---@param milliseconds integer at the most
---@return boolean ready false if the time has passed, or a signal (Ctrl+C) has arrived
function fumarole.wait(milliseconds) end

---A clock for measuring that never goes back, exact to a microsecond. What it counts from means nothing.
---@return number seconds
function fumarole.time() end

---Whether `runCallbacks` gives the processor away for up to 0.1 ms in a program that does nothing but call it (the default), so that what it waits for can happen.
---@param on boolean
function fumarole.setPacing(on) end

---How a connection is doing: ping, rates, what waits to be sent.
---@param connection luasteam.Connection
---@return luasteam.RealTimeStatus? status nil for an unknown connection
function fumarole.getConnectionRealTimeStatus(connection) end

---A page of text about a connection, for people.
---@param connection luasteam.Connection
---@return string? text nil for an unknown connection
function fumarole.getDetailedConnectionStatus(connection) end

---Where a socket listens, with the port that the system has chosen.
---@param socket luasteam.ListenSocket|integer
---@return string? address nil for an unknown socket, and for one that listens for identities
function fumarole.getListenSocketAddress(socket) end

---Sets a configuration value for the whole process, by the library's name for it, for example `FakePacketLoss_Send`. A name that is none is an error.
---@param name string
---@param value? number without it the value is the library's own again
---@return boolean done false if it cannot be set, or not to this
function fumarole.setConfigValue(name, value) end

Steam.fumarole = fumarole

return Steam
