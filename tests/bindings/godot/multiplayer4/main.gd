# Real remote procedure calls between three processes of Godot 4: a server and two clients, which play a script together.
# The environment says who this is: ROLE server, first or second, and for clients PORT.
extends Node

var role = OS.get_environment("ROLE")
var peer
var failures = 0
var heard = [] # what was called here, in order
var senders = {} # who has said a thing last
var met = [] # ids of peers that have come and not gone

func _ready():
	multiplayer.peer_connected.connect(on_peer_connected)
	multiplayer.peer_disconnected.connect(on_peer_disconnected)
	multiplayer.connected_to_server.connect(hear.bind("connected_to_server"))
	multiplayer.connection_failed.connect(hear.bind("connection_failed"))
	multiplayer.server_disconnected.connect(hear.bind("server_disconnected"))
	peer = FumaroleMultiplayerPeer.new()
	await call("play_" + role)
	multiplayer.multiplayer_peer = null
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

@rpc("any_peer", "call_remote", "reliable")
func told(text):
	senders[text] = multiplayer.get_remote_sender_id()
	hear("%s by %s" % [text, name_of(multiplayer.get_remote_sender_id())])

@rpc("any_peer", "call_local", "reliable")
func told_all(text):
	told(text)

@rpc("any_peer", "call_remote", "reliable", 3)
func told_on_channel_3(text):
	told(text)

@rpc("any_peer", "call_remote", "unreliable")
func told_perhaps(text):
	told(text)

@rpc("any_peer", "call_remote", "unreliable_ordered", 2)
func told_in_order(text):
	told(text)

@rpc("any_peer", "call_remote", "reliable")
func data(bytes):
	hear("data %d %d" % [bytes.size(), hash(bytes)])

@rpc("authority", "call_remote", "reliable")
func told_by_authority(text):
	told(text)

func name_of(id):
	if id == 1 or id == 0 and multiplayer.is_server():
		return "server"
	return "me" if id == multiplayer.get_unique_id() else "client"

# ---- the frame of the test

func check(good, text):
	print(role, ": ", text, "" if good else "  NOT OK, heard " + str(heard))
	if not good:
		failures += 1

# Waits until this was heard, and forgets it.
func wait_for(what):
	var deadline = Time.get_ticks_msec() + 60000
	await get_tree().process_frame
	while not what in heard:
		if Time.get_ticks_msec() > deadline:
			check(false, "waits for: %s (%s)" % [what, peer.get_end_text()])
			get_tree().quit(1)
		await get_tree().process_frame
	heard.erase(what)

func wait_met(count):
	var deadline = Time.get_ticks_msec() + 60000
	await get_tree().process_frame
	while met.size() != count:
		if Time.get_ticks_msec() > deadline:
			check(false, "has met " + str(met))
			get_tree().quit(1)
		await get_tree().process_frame

# ---- the server

func play_server():
	check(peer.create_server("127.0.0.1:0", 3) == OK, "create_server")
	check(peer.create_server("127.0.0.1:0", 3) == ERR_ALREADY_IN_USE, "create_server twice")
	multiplayer.multiplayer_peer = peer
	print("listens at port ", peer.get_local_port())
	check(multiplayer.is_server(), "is the server")
	check(multiplayer.get_unique_id() == 1, "has the id 1")
	check(peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED, "is connected")
	await wait_met(2)
	check(peer.get_connection(met[0]) != 0, "knows the connection of a client")
	check(multiplayer.get_peers().size() == 2, "the engine knows two peers")

	told.rpc("everybody")
	told.rpc_id(met[0], "one")
	told.rpc_id(met[1], "one")
	told_all.rpc("everybody and me")
	await wait_for("everybody and me by server")
	await wait_for("answer by client")
	await wait_for("answer by client")
	await wait_for("broadcast by client")
	check(true, "calls to all, to one, to itself, and answers")

	var bytes = PackedByteArray()
	bytes.resize(100000)
	for i in range(bytes.size()):
		bytes[i] = i * 7 % 251
	data.rpc(bytes)
	await wait_for("data 100000 %d" % hash(bytes))
	check(true, "100000 bytes come back unchanged")

	told_on_channel_3.rpc("channel 3")
	await wait_for("channel heard by client")
	await wait_for("channel heard by client")
	check(true, "channels")

	for i in range(20):
		told_perhaps.rpc("perhaps")
	told.rpc("surely")
	await wait_for("at least one by client")
	check(true, "unreliable calls")

	for i in range(200):
		told_in_order.rpc("%d" % i)
	told.rpc("all sent")
	await wait_for("in order by client")
	check(true, "unreliable calls in order")

	# The first client tries to come in once more, as somebody else.
	peer.refuse_new_connections = true
	told.rpc("try")
	await wait_for("refused by client")
	peer.refuse_new_connections = false
	check(met.size() == 2, "nobody else has come in")

	# The second client leaves and comes back; then it is sent away and comes back once more.
	told.rpc("leave")
	await wait_for("left")
	await wait_met(2)
	check(true, "a client has left and come back")
	await wait_for("here again by client")
	peer.disconnect_peer(senders["here again"])
	await wait_for("left")
	await wait_met(2)
	check(true, "a client was sent away and came back")
	await wait_for("here again by client")
	told.rpc("finish")
	await wait_for("farewell by client")
	await wait_for("farewell by client")
	told.rpc("the end")
	await wait_for("left")
	await wait_for("left")
	check(met.size() == 0, "all have left")

# ---- the clients

func join():
	peer = FumaroleMultiplayerPeer.new()
	check(peer.create_client("127.0.0.1:" + OS.get_environment("PORT")) == OK, "create_client")
	check(peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTING, "is connecting")
	multiplayer.multiplayer_peer = peer
	await wait_for("connected_to_server")
	check(multiplayer.get_unique_id() > 1, "has an id")

func play_client():
	await join()
	await wait_for("everybody by server")
	await wait_for("one by server")
	await wait_for("everybody and me by server")
	told.rpc_id(1, "answer")
	await wait_met(2) # the server and the other client

func play_first():
	await play_client()
	told.rpc("broadcast")
	var bytes = await wait_for_data()
	data.rpc_id(1, bytes)
	await play_channels()
	await wait_for("try by server")
	await try_again()
	told.rpc_id(1, "refused")
	await finish()
	check("left" in heard, "has seen the other one leave")

func play_second():
	await play_client()
	await wait_for("broadcast by client")
	check(true, "a call of the other client has come through the server")
	await play_channels()
	await wait_for("leave by server")
	multiplayer.multiplayer_peer.close()
	multiplayer.multiplayer_peer = null
	met.clear()
	await join()
	told.rpc_id(1, "here again")
	await finish()

# Who is sent away comes back.
func finish():
	while true:
		await get_tree().process_frame
		if "server_disconnected" in heard:
			heard.clear()
			met.clear()
			await join()
			told.rpc_id(1, "here again")
		if "finish by server" in heard:
			break
	told.rpc_id(1, "farewell")
	await wait_for("the end by server")
	check(peer.get_end_reason() == 0, "nothing has gone wrong")

func wait_for_data():
	var expected = PackedByteArray()
	expected.resize(100000)
	for i in range(expected.size()):
		expected[i] = i * 7 % 251
	await wait_for("data 100000 %d" % hash(expected))
	return expected

func play_channels():
	await wait_for("channel 3 by server")
	told.rpc_id(1, "channel heard")
	await wait_for("surely by server")
	told.rpc_id(1, "at least one")
	await wait_for("all sent by server")
	if role == "first":
		told.rpc_id(1, "in order")

# Comes as somebody else, by a branch of the tree with networking of its own, and is turned away.
func try_again():
	var other = FumaroleMultiplayerPeer.new()
	var api = MultiplayerAPI.create_default_interface()
	var outcome = []
	api.connection_failed.connect(func(): outcome.append("failed"))
	api.connected_to_server.connect(func(): outcome.append("connected"))
	check(other.create_client("127.0.0.1:" + OS.get_environment("PORT")) == OK, "create_client once more")
	api.multiplayer_peer = other
	while outcome.is_empty():
		api.poll()
		await get_tree().process_frame
	check(outcome == ["failed"], "is refused")
	check(other.get_end_reason() == 1001, "with the reason: %s" % other.get_end_text())
