# Calls every function with values of every type, in any state, and only wants to be alive afterwards.
extends "res://suite.gd"

var random = RandomNumberGenerator.new()
var handles = [0]
var payload = filled(20000)


func tests():
	return [
		["godot fuzz: no call brings the engine down", "fuzz"],
		["godot fuzz: nor does one of the networking peer", "fuzz_peers"],
	]


func fuzz():
	var seed_text = OS.get_environment("FUMAROLE_FUZZ_SEED")
	random.seed = int(seed_text) if seed_text != "" else 1
	var calls = int(OS.get_environment("FUMAROLE_FUZZ_CALLS"))
	print("errors are not compared")
	print("%d calls, seed %d" % [calls, random.seed])
	var functions = []
	for entry in load("res://functions.gd").FUNCTIONS:
		functions.append(entry)
	start()
	for i in calls:
		var entry = functions[random.randi() % functions.size()]
		# What stops everything, and what slows it down for all that follows, only now and then.
		if entry[0] == "steamShutdown" and random.randi() % 20 != 0:
			continue
		if entry[0] in ["setDebugOutputLevel", "steamInit", "steamInitEx"]:
			continue
		var arguments = []
		var count = entry[1] + random.randi() % (entry[2] - entry[1] + 1)
		if random.randi() % 50 == 0:
			count = random.randi() % 8
		for k in count:
			arguments.append(value(0))
		keep(Steam.callv(entry[0], arguments))
		if i % 500 == 499:
			Steam.steamInit()
		if i % 3000 == 2999:
			Steam.steamShutdown()
			handles = [0]
			Steam.steamInit()
	Steam.steamShutdown()
	start()
	# What was set for the whole process stays set, loss of every packet perhaps: so no more than this is expected.
	same(Steam.getConnectionInfo(pair().connection1).connection_state, 3, "a connection afterwards")
	return true


# Peers that listen, connect, talk and end at random; poll is what the scene tree would call.
func fuzz_peers():
	var script = load("res://addons/fumarole/multiplayer_peer.gdns")
	var methods = [
		["create_server", 3], ["create_client", 2], ["create_server_p2p", 3], ["create_client_p2p", 3],
		["close_connection", 0], ["disconnect_peer", 2], ["get_connection", 1], ["get_listen_socket", 0],
		["get_local_port", 0], ["get_end_reason", 0], ["get_end_text", 0], ["set_transfer_channel", 1],
		["get_transfer_channel", 0], ["get_packet_channel", 0],
	]
	var peers = []
	for i in 4:
		peers.append(script.new())
	var calls = int(OS.get_environment("FUMAROLE_FUZZ_CALLS")) / 10
	for i in calls:
		var number = random.randi() % peers.size()
		var peer = peers[number]
		var server_port = peers[0].get_local_port()
		match random.randi() % 12:
			0:
				peer.create_server("127.0.0.1:0", 4)
			1:
				if server_port is int and server_port > 0:
					peer.create_client("127.0.0.1:%d" % server_port)
			2, 3, 4:
				peer.poll()
			5:
				peer.set_target_peer([0, 1, -1, 2, 12345][random.randi() % 5])
				peer.transfer_mode = random.randi() % 3
				peer.put_packet(some_bytes())
			6:
				if peer.get_available_packet_count() > 0:
					peer.get_packet_peer()
					peer.get_packet()
			7:
				peer.refuse_new_connections = random.randi() % 2 == 0
			8:
				if random.randi() % 20 == 0:
					peers[number] = script.new()
			_:
				var method = methods[random.randi() % methods.size()]
				var arguments = []
				for k in method[1]:
					arguments.append(value(0))
				if random.randi() % 3 != 0 or method[0] != "close_connection":
					peer.callv(method[0], arguments)
	for peer in peers:
		peer.close_connection()
	peers.clear()
	return true


# Remembers what looks like a handle, so that later calls have something to act on.
func keep(result):
	if result is Dictionary:
		for key in ["connection1", "connection2"]:
			if result.has(key):
				keep(result[key])
	elif result is int and result > 1000:
		handles.append(result)


func value(depth):
	match random.randi() % 24:
		0:
			return null
		1:
			return random.randi() % 2 == 0
		2, 3, 4, 5:
			return handles[random.randi() % handles.size()]
		6, 7:
			return [0, 1, 2, 3, 4, 8, 9, 24, 25, 255, 256, 1000, 65535, 65536][random.randi() % 14]
		8:
			return [-1, -2, 1 << 31, -(1 << 31), 1 << 32, (1 << 63) - 1, 1 << 63, 0x7fffffff][random.randi() % 8]
		9:
			return [0.0, 1.0, -1.0, 0.5, NAN, INF, -INF, 1e300, 1e-300, 65536.0][random.randi() % 10]
		10, 11, 12, 13:
			return text()
		14, 15, 16:
			return some_bytes()
		17, 18:
			return array(depth)
		19:
			return dictionary(depth)
		20:
			return [Vector2(1, 2), Vector3(), Rect2(), Transform(), Color(), Plane(), Quat(), Basis()][random.randi() % 8]
		21:
			return self if random.randi() % 2 == 0 else Steam
		22:
			return [PoolIntArray([1, 2]), PoolRealArray([1.5]), PoolStringArray(["a"]), PoolVector2Array()][random.randi() % 4]
		_:
			return [[24, 1, 2000], [9, 1, 65536]]


func text():
	return [
		"", "a", "me", "str:me", "steamid:76561197960287930", "ip:127.0.0.1:1", "127.0.0.1", "127.0.0.1:0", "::1",
		"[::1]:0", "gen:00ff", "xboxpwid:x", "psn:1", "unknown:thing", "str:" + "x".repeat(40), "日本語",
		"%s%n", "x".repeat(3000), "name %d" % (random.randi() % 100), "127.0.0.1:%d" % (20000 + random.randi() % 30000),
	][random.randi() % 20]


func some_bytes():
	var size = [0, 1, 16, 32, 33, 512, 1200, 20000][random.randi() % 8]
	return payload.subarray(0, size - 1) if size > 0 else PoolByteArray()


func array(depth):
	var result = []
	if depth < 3:
		for i in random.randi() % 5:
			result.append(value(depth + 1))
	return result


func dictionary(depth):
	var result = {}
	if depth < 3:
		for i in random.randi() % 4:
			var key = value(depth + 1)
			result[random.randi() % 120 if key == null or key is Object else key] = value(depth + 1)
	return result
