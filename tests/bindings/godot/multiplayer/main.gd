# Real remote procedure calls between three processes: a server and two clients, which play a script together.
# The environment says who this is: ROLE server, first or second, and for clients PORT.
extends Node

const Peer = preload("res://addons/fumarole/multiplayer_peer.gdns")

var role = OS.get_environment("ROLE")
var peer
var failures = 0
var heard = [] # what was called here, in order
var met = [] # ids of peers that have come and not gone
remote var shared = 0

func _ready():
	get_tree().connect("network_peer_connected", self, "on_peer_connected")
	get_tree().connect("network_peer_disconnected", self, "on_peer_disconnected")
	get_tree().connect("connected_to_server", self, "hear", ["connected_to_server"])
	get_tree().connect("connection_failed", self, "hear", ["connection_failed"])
	get_tree().connect("server_disconnected", self, "hear", ["server_disconnected"])
	peer = Peer.new()
	var script = call("play_" + role)
	if script is GDScriptFunctionState:
		yield(script, "completed")
	get_tree().network_peer = null
	peer = null
	get_tree().quit(1 if failures else 0)

# ---- what is called from elsewhere

func hear(what):
	heard.append(what)

func on_peer_connected(id):
	met.append(id)

func on_peer_disconnected(id):
	met.erase(id)
	hear("left")

remote func told(text):
	hear("%s by %s" % [text, name_of(get_tree().get_rpc_sender_id())])

remotesync func told_all(text):
	told(text)

remote func data(bytes):
	hear("data %d %d" % [bytes.size(), hash(bytes)])

func name_of(id):
	if id == 1:
		return "server"
	return "me" if id == get_tree().get_network_unique_id() else "client"

# ---- the frame of the test

func check(good, text):
	print(role, ": ", text, "" if good else "  NOT OK, heard " + str(heard))
	if not good:
		failures += 1

# Waits until this was heard, and forgets it and what came before.
func await(what):
	var deadline = OS.get_ticks_msec() + 60000
	yield(get_tree(), "idle_frame")
	while not what in heard:
		if OS.get_ticks_msec() > deadline:
			check(false, "waits for: %s (%s)" % [what, peer.get_end_text()])
			get_tree().quit(1)
		yield(get_tree(), "idle_frame")
	for i in range(heard.find(what) + 1):
		heard.pop_front()

func await_met(count):
	var deadline = OS.get_ticks_msec() + 60000
	yield(get_tree(), "idle_frame")
	while met.size() != count:
		if OS.get_ticks_msec() > deadline:
			check(false, "has met " + str(met))
			get_tree().quit(1)
		yield(get_tree(), "idle_frame")

# ---- the server

func play_server():
	check(peer.create_server("127.0.0.1:0", 3) == OK, "create_server")
	check(peer.create_server("127.0.0.1:0", 3) == ERR_ALREADY_IN_USE, "create_server twice")
	get_tree().network_peer = peer
	print("port ", peer.get_local_port())
	check(get_tree().is_network_server(), "is the server")
	check(get_tree().get_network_unique_id() == 1, "has the id 1")
	yield(await_met(2), "completed")
	check(peer.get_connection(met[0]) != 0, "knows the connection of a client")
	check(get_tree().get_network_connected_peers().size() == 2, "the engine knows two peers")

	rpc("told", "everybody")
	rpc_id(met[0], "told", "one")
	rpc_id(met[1], "told", "one")
	rpc("told_all", "everybody and me")
	yield(await("everybody and me by server"), "completed")
	yield(await("answer by client"), "completed")
	yield(await("answer by client"), "completed")
	yield(await("broadcast by client"), "completed")
	check(true, "calls to all, to one, to itself, and answers")

	var bytes = PoolByteArray()
	for i in range(100000):
		bytes.append(i * 7 % 251)
	rpc("data", bytes)
	yield(await("data 100000 %d" % hash(bytes)), "completed")
	check(true, "100000 bytes come back unchanged")

	rset("shared", 4711)
	yield(await("4711 by client"), "completed")
	check(true, "rset")

	peer.set_transfer_channel(3)
	rpc("told", "channel 3")
	peer.set_transfer_channel(0)
	yield(await("channel heard by client"), "completed")
	yield(await("channel heard by client"), "completed")
	check(true, "channels")

	for i in range(20):
		rpc_unreliable("told", "perhaps")
	rpc("told", "surely")
	yield(await("at least one by client"), "completed")
	check(true, "unreliable calls")

	# The first client tries to come in once more, as somebody else.
	get_tree().refuse_new_network_connections = true
	rpc("told", "try")
	yield(await("refused by client"), "completed")
	get_tree().refuse_new_network_connections = false
	check(met.size() == 2, "nobody else has come in")

	# The second client leaves and comes back. What it says last takes longer than its leaving.
	rpc("told", "leave")
	for i in range(300000):
		bytes.append(i * 7 % 251)
	yield(await("data 400000 %d" % hash(bytes)), "completed")
	check(true, "what was said before closing arrives")
	yield(await("left"), "completed")
	yield(await_met(2), "completed")
	check(true, "a client has left and come back")
	yield(await("farewell by client"), "completed")
	yield(await("farewell by client"), "completed")
	rpc("told", "the end")
	yield(await("left"), "completed")
	yield(await("left"), "completed")
	check(met.size() == 0, "all have left")
	check(peer.disconnect_peer(4711) == ERR_INVALID_PARAMETER, "nobody can disconnect who is not there")

# ---- the clients

func connect_to_server():
	return peer.create_client("127.0.0.1:" + OS.get_environment("PORT"))

func play_client():
	check(connect_to_server() == OK, "create_client")
	get_tree().network_peer = peer
	yield(await("connected_to_server"), "completed")
	yield(await_met(2), "completed")
	check(1 in met, "has met the server")
	var other = met[0] if met[1] == 1 else met[1]

	yield(await("everybody by server"), "completed")
	yield(await("one by server"), "completed")
	yield(await("everybody and me by server"), "completed")
	rpc_id(1, "told", "answer")
	rpc_id(other, "told", "directly")
	yield(await("directly by client"), "completed")
	check(true, "calls from client to client")

func play_first():
	yield(play_client(), "completed")
	rpc("told", "broadcast")
	var data = yield(wait_for_data(), "completed")
	check(data != "", "100000 bytes")
	while shared != 4711:
		yield(get_tree(), "idle_frame")
	rpc_id(1, "told", "4711")
	yield(await("channel 3 by server"), "completed")
	rpc_id(1, "told", "channel heard")
	yield(await("surely by server"), "completed")
	rpc_id(1, "told", "at least one")
	yield(await("try by server"), "completed")
	var another = Peer.new()
	another.create_client("127.0.0.1:" + OS.get_environment("PORT"))
	while another.get_connection_status() != NetworkedMultiplayerPeer.CONNECTION_DISCONNECTED:
		another.poll()
		yield(get_tree(), "idle_frame")
	check(another.get_end_reason() == 1001, "is told why it is refused: " + another.get_end_text())
	another = null
	rpc_id(1, "told", "refused")
	yield(await("left"), "completed")
	yield(await_met(2), "completed")
	check(true, "the other has come back")
	rpc_id(1, "told", "farewell")
	yield(await("the end by server"), "completed")

func wait_for_data():
	var deadline = OS.get_ticks_msec() + 60000
	while OS.get_ticks_msec() < deadline:
		for what in heard:
			if what.begins_with("data "):
				yield(await(what), "completed")
				return what
		yield(get_tree(), "idle_frame")
	return ""

# Sends back what it gets.
func play_second():
	yield(play_client(), "completed")
	yield(await("broadcast by client"), "completed")
	var bytes = PoolByteArray()
	for i in range(100000):
		bytes.append(i * 7 % 251)
	yield(await("data 100000 %d" % hash(bytes)), "completed")
	rpc_id(1, "data", bytes)
	yield(await("channel 3 by server"), "completed")
	rpc_id(1, "told", "channel heard")
	yield(await("leave by server"), "completed")
	for i in range(300000):
		bytes.append(i * 7 % 251)
	rpc_id(1, "data", bytes)
	get_tree().network_peer = null
	peer.close_connection()
	check(peer.get_connection_status() == NetworkedMultiplayerPeer.CONNECTION_DISCONNECTED, "has left")
	met.clear()
	check(connect_to_server() == OK, "create_client once more")
	get_tree().network_peer = peer
	yield(await("connected_to_server"), "completed")
	yield(await_met(2), "completed")
	rpc_id(1, "told", "farewell")
	yield(await("the end by server"), "completed")
