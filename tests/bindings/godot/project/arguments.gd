# Wrong arguments: an error of the engine that names the function, the argument, what was expected and what was given,
# and the empty result; and the forms of numbers that are taken.
extends "res://suite.gd"


func tests():
	return [
		["godot arguments: every argument of every function refuses a wrong type", "every_argument"],
		["godot arguments: every function refuses too few and too many", "every_count"],
		["godot arguments: numbers in other forms", "numbers"],
		["godot arguments: texts of every kind", "texts"],
		["godot arguments: containers that contain themselves", "endless_containers"],
		["godot arguments: the networking peer refuses a wrong type", "peer_arguments"],
	]


# An argument that will do, so that the ones behind it are looked at.
func good_argument(function, index, type):
	if function == "sendMessages":
		return [1, PoolByteArray(), 1, 8][index]
	if function == "setConfigValue":
		return [24, 1, 0, 1, 1][index]
	if function.begins_with("steamInit"):
		return true
	match type:
		TYPE_BOOL:
			return false
		TYPE_INT:
			return 1
		TYPE_REAL:
			return 1.0
		TYPE_RAW_ARRAY:
			return PoolByteArray()
		TYPE_ARRAY:
			return []
		_:
			return ""


func is_empty(value):
	match typeof(value):
		TYPE_NIL:
			return true
		TYPE_BOOL, TYPE_INT:
			return not value
		TYPE_STRING:
			return value == ""
		_:
			return value.size() == 0


func parameter_types(function):
	for method in Steam.get_method_list():
		if method.name == function:
			var types = []
			for argument in method.args:
				types.append(argument.type)
			return types


func functions():
	var names = []
	for entry in load("res://functions.gd").FUNCTIONS:
		if not entry[0].begins_with("_"):
			names.append(entry)
	return names


func every_argument():
	start()
	var count = 0
	for entry in functions():
		var types = parameter_types(entry[0])
		for wrong in types.size():
			for value in [Vector2(1, 2), self, Color(0, 0, 0)]:
				var arguments = []
				for i in types.size():
					arguments.append(value if i == wrong else good_argument(entry[0], i, types[i]))
				expect_error("%s: argument %d (" % [entry[0], wrong + 1])
				var result = Steam.callv(entry[0], arguments)
				check(is_empty(result), "%s with %s gives %s" % [entry[0], arguments, result])
				count += 1
	check(count > 500, "all of them: %d" % count)
	return true


func every_count():
	start()
	for entry in functions():
		var arguments = []
		for i in entry[2] + 1:
			arguments.append(1)
		expect_error("%s: takes " % entry[0])
		check(is_empty(Steam.callv(entry[0], arguments)), entry[0])
		if entry[1] > 0:
			arguments.resize(entry[1] - 1)
			expect_error("%s: takes " % entry[0])
			check(is_empty(Steam.callv(entry[0], arguments)), entry[0])
	return true


func numbers():
	start()
	same(Steam.acceptConnection(12345.0), 8, "a float without a fraction")
	same(Steam.acceptConnection(true), 8, "a bool")
	same(Steam.acceptConnection(4294967295), 8, "the largest")
	for entry in [
		[1.5, "float 1.5"], [-1, "int -1"], [4294967296, "int 4294967296"], [NAN, "float nan"], [INF, "float inf"],
		[1e300, "float 1.0000000000000001e+300"], ["1", "String"], [null, "null"], [[], "Array"], [{}, "Dictionary"],
		[PoolByteArray(), "PoolByteArray"], [self, "Object"], [Vector3(), "Vector3"], [RID(), "RID"],
		[PoolVector2Array(), "PoolVector2Array"], [NodePath("a"), "NodePath"],
	]:
		expect_error("acceptConnection: argument 1 (connection_handle) must be an int from 0 to 4294967295; given: "
				+ entry[1])
		same(Steam.acceptConnection(entry[0]), 0, entry[1])
	same(Steam.closeConnection(12345, 0, "", 1), false, "an int for a bool")
	same(Steam.closeConnection(12345, 0, "", 0.5), false, "a float for a bool")
	same(Steam.checkPingDataUpToDate(1), false, "an int for a float")
	expect_error("checkPingDataUpToDate: argument 1 (max_age_in_seconds) must be a float; given: String")
	same(Steam.checkPingDataUpToDate("x"), false, "a String for a float")
	expect_error("setIPv4: argument 3 (port) must be an int from 0 to 65535; given: int 65536")
	same(Steam.setIPv4("a", 1, 65536), null, "a port too large")
	expect_error("setIPv6: argument 2 (ipv6) must be a byte array of 16 bytes; given: byte array")
	same(Steam.setIPv6("a", PoolByteArray([1]), 1), null, "an address too short")
	expect_error("convertPingLocationToString: argument 1 (location) must be a byte array from")
	same(Steam.convertPingLocationToString(PoolByteArray([1])), "", "a place that is none")
	same(Steam.convertPingLocationToString(Steam.getLocalPingLocation().location), "", "the one that is unknown")
	for text in ["nonsense", "127.0.0.1", "localhost:27015"]:
		expect_error("connectByIPAddress: argument 1 (ip_with_port) must be an address with a port")
		same(Steam.connectByIPAddress(text, []), 0, "an address that is none: " + text)
	expect_error("steamInit: argument 2 (app_id) must be a bool or an int from 0 to 4294967295; given: String")
	same(Steam.steamInit(true, "480"), {}, "an application that is none")
	expect_error("setDebugOutputLevel: argument 1 (level) must be an int from 0 to 8; given: int 9")
	same(Steam.setDebugOutputLevel(9), null, "a level that is none")
	expect_error("createFakeUDPPort: argument 1 (fake_server_port) must be an int from -1 to 3; given: int 4")
	same(Steam.createFakeUDPPort(4), null, "a port that is none")
	return true


func texts():
	start()
	var both = pair()
	for text in ["", "a", "Grüße", "日本語", "🌋 fumarole", "a\tb\nc", "%s%n%d", "x".repeat(31)]:
		Steam.setConnectionName(both.connection1, text)
		if text.to_utf8().size() < 32:
			same(Steam.getConnectionName(both.connection1), text, "name " + text)
	Steam.setConnectionName(both.connection1, NodePath("a/b"))
	same(Steam.getConnectionName(both.connection1), "a/b", "a NodePath is a text")
	# Cut in the middle of a character, which is not valid any more.
	Steam.setConnectionName(both.connection1, "x".repeat(30) + "ü")
	same(Steam.getConnectionName(both.connection1).left(30), "x".repeat(30), "a cut text")
	var long_text = "y".repeat(100000)
	check(Steam.addIdentity(long_text), "a long name")
	check(Steam.isIdentityInvalid(long_text), "which is empty")
	check(not Steam.setGenericString("long", long_text), "a text too long for an identity")
	same(Steam.createListenSocketIP(long_text), 0, "a long address")
	return true


func endless_containers():
	start()
	var array = []
	array.append(array)
	expect_error("createListenSocketIP: argument 2 (options) must be")
	same(Steam.createListenSocketIP("127.0.0.1:1", array), 0, "an array in itself")
	expect_error("configureConnectionLanes: argument 3 (priorities) must be")
	same(Steam.configureConnectionLanes(1, 1, array, [1]), 0, "an array in itself")
	expect_error("sendMessages: argument 1 (messages) must be")
	same(Steam.sendMessages(array, 1, 8), [], "an array in itself")
	array.clear()
	var dictionary = {}
	dictionary[24] = dictionary
	expect_error("createListenSocketIP: argument 2 (options) must be")
	same(Steam.createListenSocketIP("127.0.0.1:1", dictionary), 0, "a dictionary in itself")
	dictionary.clear()
	var many = []
	many.resize(100000)
	expect_error("createListenSocketIP: argument 2 (options) must be fewer options")
	same(Steam.createListenSocketIP("127.0.0.1:1", many), 0, "very many options")
	return true


func peer_arguments():
	var peer = load("res://addons/fumarole/multiplayer_peer.gdns").new()
	# Each argument that is wrong, behind those that are good.
	var good = {
		"create_server": ["127.0.0.1:0", 4, []], "create_client": ["127.0.0.1:1", []], "create_server_p2p": [1, 4, []],
		"create_client_p2p": ["str:a", 1, []], "disconnect_peer": [1, false], "get_connection": [1],
		"set_transfer_channel": [0],
	}
	for method in good:
		check(peer.has_method(method), method)
		for wrong in good[method].size():
			for value in [Vector2(1, 2), self]:
				var arguments = good[method].duplicate()
				arguments[wrong] = value
				expect_error("%s: argument %d (" % [method, wrong + 1])
				var result = peer.callv(method, arguments)
				check(not result is Object, "%s with %s gives %s" % [method, arguments, result])
				if method.begins_with("create_") or method == "disconnect_peer":
					same(result, ERR_INVALID_PARAMETER, "%s, which does not look like success" % method)
		var many = good[method] + [1, 2, 3, 4]
		expect_error("%s: takes " % method)
		peer.callv(method, many)
	expect_error("create_client: argument 1 (address) must be a String such as \"127.0.0.1:27015\", an address with a port")
	same(peer.create_client("127.0.0.1"), ERR_INVALID_PARAMETER, "an address without a port")
	same(peer.get_connection_status(), 0, "it is nothing yet")
	same(peer.create_server("127.0.0.1:0"), OK, "a server")
	expect_error("put_packet: a packet of 600000 bytes is not sent: the most is 524282")
	same(peer.put_packet(filled(600000)), ERR_INVALID_PARAMETER, "a packet that is too large")
	peer.close_connection()
	return true
