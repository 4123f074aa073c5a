# What a program may do at any time: close things inside handlers, stop and start again, use several objects and
# threads; and what belongs to the whole.
extends "res://suite.gd"

const SteamScript = preload("res://addons/fumarole/steam.gdns")

var handled = []
var other = null


func tests():
	return [
		["godot life: everything may be closed inside a handler", "closing_inside"],
		["godot life: steamShutdown inside a handler", "shutdown_inside"],
		["godot life: run_callbacks inside a handler", "callbacks_inside"],
		["godot life: an object may be freed inside its handler", "freeing_inside"],
		["godot life: an error in a handler leaves the rest alone", "error_inside"],
		["godot life: stopping and starting again", "many_lives"],
		["godot life: several objects share one state", "several_objects"],
		["godot life: threads", "threads"],
		["godot life: steamInit in every generation", "init_forms"],
		["godot life: callbacks may run by themselves", "embedded_callbacks"],
		["godot life: references to identities", "identity_references"],
		["godot life: references to addresses", "address_references"],
		["godot life: messages without connections, to oneself", "sessions"],
		["godot life: what the library says", "debug_output"],
		["godot life: many strangers come within one frame", "strangers_come"],
		["godot life: a client that is sent away is forgotten at once", "sent_away"],
		["godot life: a networking peer is dropped in its own signal", "peer_dropped_inside"],
	]


func closing_inside():
	start()
	Steam.connect("network_connection_status_changed", self, "close_everything")
	var both = knock()
	for i in 50:
		Steam.run_callbacks()
		OS.delay_msec(1)
	Steam.disconnect("network_connection_status_changed", self, "close_everything")
	same(Steam.getConnectionInfo(both.client), {}, "the client is gone")
	same(Steam.getConnectionInfo(both.server), {}, "the server's end is gone")
	same(Steam.getListenSocketAddress(both.socket), "", "the socket is gone")
	check(handled.size() >= 2, "the handler ran")
	return true


func close_everything(connection, info, _old_state):
	handled.append(connection)
	if info.listen_socket != 0 and info.connection_state == 1:
		Steam.acceptConnection(connection)
		Steam.sendMessageToConnection(connection, bytes("hello"), 8)
		Steam.closeConnection(connection, 1000, "closed inside", false)
		Steam.closeListenSocket(info.listen_socket)
		for event in events:
			Steam.closeConnection(event[1], 0, "", false)


func shutdown_inside():
	start()
	handled = []
	Steam.connect("network_connection_status_changed", self, "shut_down")
	var socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	for i in 5:
		Steam.connectByIPAddress(Steam.getListenSocketAddress(socket))
	Steam.run_callbacks()
	same(handled.size(), 1, "what was queued behind it is forgotten")
	same(Steam.isSteamRunning(), false, "it does not run")
	same(Steam.getIdentity(), "", "nothing does")
	Steam.run_callbacks()
	Steam.disconnect("network_connection_status_changed", self, "shut_down")
	start()
	closing_check()
	return true


func shut_down(connection, _info, _old_state):
	handled.append(connection)
	Steam.steamShutdown()


# That everything works.
func closing_check():
	events = []
	var both = link()
	Steam.sendMessageToConnection(both.client, bytes("still here"), 8)
	same(receive(both.server, 1)[0].payload.get_string_from_utf8(), "still here", "a message")
	Steam.closeConnection(both.client, 0, "", false)
	same(await_event(both.server, 4)[2].end_reason, 1000, "and the end")


func callbacks_inside():
	start()
	handled = []
	Steam.connect("network_connection_status_changed", self, "run_inside")
	closing_check()
	Steam.disconnect("network_connection_status_changed", self, "run_inside")
	check(handled.size() >= 5, "the handler ran")
	return true


func run_inside(connection, _info, _old_state):
	handled.append(connection)
	Steam.run_callbacks()
	Steam.runNetworkingCallbacks()


func freeing_inside():
	start()
	other = SteamScript.new()
	other.connect("network_connection_status_changed", self, "free_other")
	var socket = other.createListenSocketIPAnyPort("127.0.0.1")
	for i in 3:
		other.connectByIPAddress(other.getListenSocketAddress(socket))
	# The engine itself keeps an object that emits; it says so and the program goes on.
	expect_error("Object is locked and can't be freed.")
	expect_error("Attempted to free a locked object")
	other.run_callbacks()
	check(is_instance_valid(other), "it is still there")
	other.queue_free()
	yield(get_tree(), "idle_frame")
	yield(get_tree(), "idle_frame")
	check(not is_instance_valid(other), "and is gone later")
	Steam.run_callbacks()
	closing_check()
	return true


func free_other(_connection, _info, _old_state):
	if other != null and is_instance_valid(other):
		other.disconnect("network_connection_status_changed", self, "free_other")
		other.free()


func error_inside():
	start()
	Steam.connect("network_connection_status_changed", self, "make_error")
	expect_error("Invalid get index 'nothing'")
	expect_error("Invalid get index 'nothing'")
	var both = knock()
	Steam.disconnect("network_connection_status_changed", self, "make_error")
	same(Steam.acceptConnection(both.server), 1, "it goes on")
	until("has_state", [both.client, 3])
	return true


func make_error(_connection, info, _old_state):
	return info.nothing


func many_lives():
	for i in 30:
		start()
		var pair = Steam.createSocketPair(i % 2 == 0, "", "")
		Steam.sendMessageToConnection(pair.connection1, bytes(str(i)), 8)
		same(receive(pair.connection2, 1)[0].payload.get_string_from_utf8(), str(i), "life %d" % i)
		if i % 3 == 0:
			Steam.closeConnection(pair.connection1, 0, "", false)
		Steam.steamShutdown()
		same(Steam.getConnectionInfo(pair.connection2), {}, "nothing is left")
		Steam.steamShutdown()
	start()
	start()
	closing_check()
	return true


func several_objects():
	start()
	var objects = []
	for i in 20:
		objects.append(SteamScript.new())
	same(objects[0].getIdentity(), Steam.getIdentity(), "one library")
	objects[1].addIdentity("shared")
	objects[2].setGenericString("shared", "between all")
	same(Steam.toIdentityString("shared"), "str:between all", "one table of names")
	for object in objects:
		object.free()
	closing_check()
	return true


func threads():
	start()
	var workers = []
	for i in 4:
		var thread = Thread.new()
		thread.start(self, "work", i)
		workers.append(thread)
	for i in 200:
		Steam.run_callbacks()
		if i % 50 == 49:
			Steam.steamShutdown()
			Steam.steamInit()
		OS.delay_msec(1)
	for thread in workers:
		check(thread.wait_to_finish() > 0, "a thread worked")
	Steam.steamShutdown()
	start()
	events = []
	closing_check()
	return true


# The engine (3.2, with its debugger) keeps the name of the method that an object runs in the object, without a lock: an
# object is for one thread at a time. Each thread has one of its own.
func work(number):
	var steam = SteamScript.new()
	var count = 0
	for i in 300:
		var pair = steam.createSocketPair(i % 8 == 0, "", "str:%d" % number)
		if pair.empty() or not pair.success:
			continue
		for k in 10:
			steam.sendMessageToConnection(pair.connection1, bytes("work"), 8)
		count += steam.receiveMessagesOnConnection(pair.connection2, 10).size()
		steam.addIdentity("thread %d %d" % [number, i % 10])
		steam.getDetailedConnectionStatus(pair.connection1)
		steam.closeConnection(pair.connection1, 0, "", false)
		steam.closeConnection(pair.connection2, 0, "", false)
	steam.free()
	return count


func init_forms():
	for arguments in [[], [true], [false], [true, 480], [true, 480, false], [480], [480, false], [0]]:
		same(Steam.callv("steamInit", arguments), {"status": 1, "verbal": "Steamworks active"}, "steamInit%s" % [arguments])
		same(Steam.callv("steamInitEx", arguments), {"status": 0, "verbal": "Steamworks active"}, "steamInitEx%s" % [arguments])
		same(Steam.get_steam_init_result(), {"status": 0, "verbal": "Steamworks active"}, "get_steam_init_result")
		same(Steam.isSteamRunning(), true, "isSteamRunning")
		Steam.steamShutdown()
	same(Steam.restartAppIfNecessary(480), false, "restartAppIfNecessary")
	check(Steam.getFumaroleVersion().split(".").size() == 3, "version")
	return true


func embedded_callbacks():
	same(Steam.steamInit(0, true).status, 1, "steamInit")
	var socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	Steam.connectByIPAddress(Steam.getListenSocketAddress(socket))
	var end = OS.get_ticks_msec() + PATIENCE
	while not came_in(socket) and OS.get_ticks_msec() < end:
		yield(get_tree(), "idle_frame")
	check(came_in(socket), "a signal that nobody asked for")
	Steam.steamShutdown()
	start()
	socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	events = []
	Steam.connectByIPAddress(Steam.getListenSocketAddress(socket))
	for i in 5:
		yield(get_tree(), "idle_frame")
	same(events, [], "not after an ordinary start")
	return true


func identity_references():
	# Before steamInit, too.
	same(Steam.addIdentity("a"), true, "adding")
	same(Steam.addIdentity("a"), true, "adding again")
	same(Steam.isIdentityInvalid("a"), true, "empty")
	same(Steam.toIdentityString("a"), "invalid", "text of the empty one")
	same(Steam.setIdentitySteamID64("a", 76561197960287930), null, "a Steam ID")
	same(Steam.isIdentityInvalid("a"), false, "not empty")
	same(Steam.getIdentitySteamID64("a"), 76561197960287930, "as number")
	same(Steam.getIdentitySteamID("a"), 76561197960287930 & 0xffffffff, "as account")
	same(Steam.toIdentityString("a"), "steamid:76561197960287930", "as text")
	Steam.setIdentitySteamID("b", 22202)
	same(Steam.getIdentitySteamID64("b"), 76561197960287930, "by account")
	same(Steam.getIdentitySteamID("b"), 22202, "account")
	same(Steam.setGenericString("a", "text"), true, "a text")
	same(Steam.getGenericString("a"), "text", "the text")
	same(Steam.getIdentitySteamID64("a"), 0, "no Steam ID any more")
	same(Steam.setGenericString("a", "x".repeat(32)), false, "a text too long")
	same(Steam.getGenericString("a"), "text", "which changed nothing")
	same(Steam.setGenericBytes("a", PoolByteArray([0, 1, 255])), true, "bytes")
	same(Steam.getGenericBytes("a"), PoolByteArray([0, 1, 255]), "the bytes")
	same(Steam.setGenericBytes("a", PoolByteArray()), false, "no bytes")
	same(Steam.getGenericString("a"), "", "no text any more")
	Steam.setPSNID("a", 1234567890123)
	same(Steam.getPSNID("a"), 1234567890123, "a PSN ID")
	Steam.setStadiaID("a", 42)
	same(Steam.getStadiaID("a"), 42, "a Stadia ID")
	same(Steam.getPSNID("a"), 0, "no PSN ID any more")
	same(Steam.setXboxPairwiseID("a", "xbox"), true, "an Xbox ID")
	same(Steam.getXboxPairwiseID("a"), "xbox", "the ID")
	same(Steam.setXboxPairwiseID("a", ""), false, "an empty one")
	same(Steam.getStadiaID("a"), 0, "no Stadia ID any more")
	Steam.addIPAddress("somewhere")
	Steam.setIPv4("somewhere", 0x7f000001, 99)
	same(Steam.setIdentityIPAddr("a", "somewhere"), true, "an address")
	same(Steam.getIdentityIPAddr("a"), 0x7f000001, "the address")
	same(Steam.toIdentityString("a"), "ip:127.0.0.1:99", "as text")
	same(Steam.isIdentityLocalHost("a"), true, "which is the local host")
	Steam.setIdentityLocalHost("a")
	same(Steam.toIdentityString("a"), "ip:::1", "the local host")
	Steam.clearIdentity("a")
	same(Steam.isIdentityInvalid("a"), true, "cleared")
	same(Steam.parseIdentityString("a", "str:parsed"), true, "parsing")
	same(Steam.getGenericString("a"), "parsed", "what was parsed")
	same(Steam.parseIdentityString("a", "nonsense"), false, "nonsense")
	same(Steam.isIdentityInvalid("a"), true, "gives nobody")
	same(Steam.parseIdentityString("str:itself"), "str:itself", "with one argument")
	same(Steam.parseIdentityString("nonsense"), "", "nonsense with one argument")
	same(Steam.getGenericString("str:direct"), "direct", "a text instead of a name")
	var found = {}
	for entry in Steam.getIdentities():
		same(entry.keys(), ["reference_name", "steam_id", "type"], "keys")
		found[entry.reference_name] = entry
	same(found.get("b"), {"reference_name": "b", "steam_id": 76561197960287930, "type": 16}, "in the list")
	check(found.has("a") and not found.has("str:direct"), "only names are in it")
	# They outlive the library.
	start()
	Steam.steamShutdown()
	same(Steam.getIdentitySteamID("b"), 22202, "still there")
	return true


func address_references():
	same(Steam.addIPAddress("a"), true, "adding")
	same(Steam.isIPv6AllZeros("a"), true, "empty")
	Steam.setIPv4("a", 0x0a000001, 1234)
	same(Steam.isIPv4("a"), true, "IPv4")
	same(Steam.getIPv4("a"), 0x0a000001, "as number")
	same(Steam.toIPAddressString("a", true), "10.0.0.1:1234", "with port")
	same(Steam.toIPAddressString("a", false), "10.0.0.1", "without")
	same(Steam.toIPAddressString("a"), "10.0.0.1:1234", "the default")
	same(Steam.isAddressLocalHost("a"), false, "not the local host")
	Steam.setIPv6LocalHost("a", 5)
	same(Steam.toIPAddressString("a"), "[::1]:5", "the local host")
	same(Steam.isAddressLocalHost("a"), true, "which it is")
	same(Steam.isIPv4("a"), false, "and not IPv4")
	Steam.setIPv6LocalHost("a")
	same(Steam.toIPAddressString("a"), "[::1]:0", "without a port")
	Steam.setIPv6("a", PoolByteArray([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 80)
	same(Steam.toIPAddressString("a"), "[2001:db8::1]:80", "IPv6")
	same(Steam.parseIPAddressString("a", "1.2.3.4:5"), true, "parsing")
	same(Steam.toIPAddressString("a"), "1.2.3.4:5", "what was parsed")
	same(Steam.parseIPAddressString("a", "1.2.3.4.5"), false, "nonsense")
	same(Steam.isIPv6AllZeros("a"), true, "gives none")
	same(Steam.parseIPAddressString("1.2.3.4:5"), "1.2.3.4:5", "with one argument")
	Steam.clearIPAddress("a")
	var found = {}
	for entry in Steam.getIPAddresses():
		same(entry.keys(), ["reference_name", "localhost", "ip_address"], "keys")
		found[entry.reference_name] = entry
	same(found.get("a"), {"reference_name": "a", "localhost": false, "ip_address": 0}, "in the list")
	return true


func sessions():
	start()
	Steam.resetIdentity("str:me")
	same(Steam.sendMessageToUser("str:me", bytes("note to self"), 8, 3), 1, "to oneself")
	received = []
	until("received_on_channel", [3])
	same(received[0].payload.get_string_from_utf8(), "note to self", "arrives")
	same(received[0].channel, 3, "on its channel")
	same(received[0].identity, "str:me", "from oneself")
	same(Steam.receiveMessagesOnChannel(4, 10), [], "and on no other")
	var info = Steam.getSessionConnectionInfo("str:me", true, true)
	same(info.state, 3, "state")
	check(info.has("end_reason") and info.has("ping"), "everything")
	same(Steam.getSessionConnectionInfo("str:me", false, false), {"state": 3}, "only the state")
	same(Steam.acceptSessionWithUser("str:me"), true, "accepting")
	same(Steam.closeChannelWithUser("str:me", 4), false, "a channel that is not open")
	same(Steam.closeSessionWithUser("str:me"), true, "closing")
	same(Steam.closeSessionWithUser("str:me"), false, "only once")
	same(Steam.sendMessageToUser("str:somebody else", bytes("x"), 8, 0), 2, "another process, without a back end")
	same(Steam.sendMessageToUser("", bytes("x"), 8, 0), 8, "nobody")
	return true


func received_on_channel(channel):
	received += Steam.receiveMessagesOnChannel(channel, 10)
	return not received.empty()


func debug_output():
	Steam.setDebugOutputLevel(4)
	start()
	expect_error("WARNING: Fumarole: CreateListenSocketIP")
	same(Steam.createListenSocketIP("127.0.0.1:0"), 0, "a mistake")
	Steam.setDebugOutputLevel(0)
	same(Steam.createListenSocketIP("127.0.0.1:0"), 0, "the same in silence")
	return true


# ---- networking peers, polled by hand

const PeerScript = preload("res://addons/fumarole/multiplayer_peer.gdns")

var peers = []
var said = [] # what was signalled


func hear(a, b = null):
	said.append([a] if b == null else [b, a])


func serve():
	var server = PeerScript.new()
	same(server.create_server("127.0.0.1:0", 60), OK, "create_server")
	for name in ["peer_connected", "peer_disconnected"]:
		server.connect(name, self, "hear", [name])
	said = []
	return server


func join(server):
	var client = PeerScript.new()
	same(client.create_client("127.0.0.1:%d" % server.get_local_port()), OK, "create_client")
	return client


# Polls all of them until the last is a client that is connected, and the server knows so many.
func all_in(count):
	var known = 0
	for peer in peers:
		peer.poll()
	for event in said:
		known += 1 if event[0] == "peer_connected" else -1
	return known == count and peers[-1].get_connection_status() == NetworkedMultiplayerPeer.CONNECTION_CONNECTED


func all_acknowledged(connections):
	for connection in connections:
		var status = Steam.getConnectionRealTimeStatus(connection, 0).connection_status
		if status.pending_reliable + status.sent_unacknowledged_reliable > 0:
			return false
	return true


func strangers_connected(server, connections):
	server.poll()
	for connection in connections:
		if not has_state(connection, 3):
			return false
	return true


# Each says hello and calls: all of that is told and fetched after one poll, though one waits for the other.
func strangers_come():
	start()
	var server = serve()
	var connections = []
	for i in 10:
		connections.append(Steam.connectByIPAddress("127.0.0.1:%d" % server.get_local_port()))
	until("strangers_connected", [server, connections])
	for i in 10:
		Steam.sendMessageToConnection(connections[i], PoolByteArray([1, 1, 100 + i, 0, 0, 0]), 9)
		Steam.sendMessageToConnection(connections[i], PoolByteArray([5, 2, 1, 0, 0, 0, i]), 9)
	until("all_acknowledged", [connections])
	server.poll()
	var sources = []
	while server.get_available_packet_count() > 0:
		sources.append(server.get_packet_peer())
		check(["peer_connected", sources[-1]] in said, "it was announced before its first packet")
		server.get_packet()
	same(sources.size(), 10, "all packets")
	same(said.size(), 10, "all announcements")
	for connection in connections:
		Steam.closeConnection(connection, 0, "", false)
	server.close_connection()
	return true


func sent_away():
	var server = serve()
	for now in [true, false]:
		said = []
		peers = [server, join(server)]
		until("all_in", [1])
		var id = peers[1].get_unique_id()
		same(server.disconnect_peer(id, now), OK, "disconnect_peer")
		until("all_in_or_gone", [0])
		same(said, [["peer_connected", id], ["peer_disconnected", id]], "the signals")
		peers[1].close_connection()
	server.close_connection()
	peers = []
	return true


func all_in_or_gone(count):
	all_in(count)
	return said.size() == 2


func peer_dropped_inside():
	# By the scene tree, which holds the only reference.
	var tree_server = serve()
	get_tree().network_peer = tree_server
	var port = tree_server.get_local_port()
	tree_server = null
	get_tree().connect("network_peer_connected", self, "drop_tree_peer")
	var client = PeerScript.new()
	same(client.create_client("127.0.0.1:%d" % port), OK, "create_client")
	var end = OS.get_ticks_msec() + PATIENCE
	while get_tree().network_peer != null and OS.get_ticks_msec() < end:
		client.poll()
		yield(get_tree(), "idle_frame")
	get_tree().disconnect("network_peer_connected", self, "drop_tree_peer")
	check(get_tree().network_peer == null, "it has gone")
	client.close_connection()
	# By a program, in every signal of a client.
	for name in ["connection_succeeded", "peer_connected"]:
		var server = serve()
		peers = [server, join(server)]
		peers[1].connect(name, self, "drop_last", [] if name == "connection_succeeded" else [name])
		until("dropped", [server])
		same(peers.size(), 1, "it has gone")
		server.close_connection()
	peers = []
	return true


func drop_tree_peer(_id):
	get_tree().network_peer = null


func drop_last(_a = null, _b = null):
	peers.pop_back()


func dropped(server):
	server.poll()
	if peers.size() > 1:
		peers[1].poll()
	return peers.size() == 1
