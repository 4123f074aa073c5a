# The numbered checklist of the Godot binding, each number a test of its name.
extends "res://suite.gd"

const DECIMAL_ID = 76561197960287930


func tests():
	return [
		["godot 1: every function exists and takes the arguments of the page", "every_function"],
		["godot 2: before initialisation functions give something empty", "before_initialisation"],
		["godot 3: createListenSocketIP takes references, addresses, option arrays and dictionaries", "listening"],
		["godot 4: options take effect", "options_take_effect"],
		["godot 5: connectP2P takes a reference and a Steam ID", "connecting_to_identities"],
		["godot 6: acceptConnection gives 1, then 11, and 8 for a bad handle", "accepting"],
		["godot 7: closing with reason 0 tells the peer 1000", "closing_with_0"],
		["godot 8: closing with reason 5000 tells the peer 1999", "closing_with_5000"],
		["godot 9: createSocketPair makes two connections that talk", "socket_pair"],
		["godot 10: sendMessageToConnection counts messages", "sending"],
		["godot 11: sendMessages sends copies", "sending_copies"],
		["godot 12: receiveMessagesOnConnection gives dictionaries with every key", "receiving"],
		["godot 13: receiveMessagesOnPollGroup sets connection", "receiving_on_group"],
		["godot 14: GetConnectionRealTimeStatus gives every figure under both names", "real_time_status"],
		["godot 15: configureConnectionLanes", "lanes"],
		["godot 16: the lane with the lower priority number goes first", "lane_order"],
		["godot 17: getDetailedConnectionStatus", "detailed_status"],
		["godot 18: getListenSocketAddress gives the bound address", "listen_address"],
		["godot 19: getIdentity and resetIdentity", "own_identity"],
		["godot 20: authentication status and its signal", "authentication"],
		["godot 21: network_connection_status_changed", "status_signal"],
		["godot 22: beginAsyncRequestFakeIP and getFakeIP, without a back end", "fake_ip"],
		["godot 23: getRemoteFakeIPForConnection gives 31 for an ordinary connection", "remote_fake_ip"],
		["godot 24: hosted server port and POP are 0 without a back end", "hosted"],
		["godot 25: functions that are not enabled give 0, 2 or something empty", "not_enabled"],
		["godot 26: every constant and alias", "constants"],
		["godot 27: getConnectionUserData gives -1 by default", "user_data"],
		["godot 28: getCertificateRequest", "certificate_request"],
		["godot 29: signals come only inside run_callbacks", "signals_inside"],
	]


# ------------------------------------------------------------------------------------------------------- 1 to 5


func every_function():
	var described = {}
	for entry in load("res://functions.gd").FUNCTIONS:
		if not entry[0].begins_with("_"):
			described[entry[0]] = entry
	check(described.size() > 100, "the list")
	for name in described:
		check(Steam.has_method(name), name + " exists")
	# ... and what exists is in the list, with as many parameters as it says. Names of the engine's own are not ours.
	var node = Node.new()
	var seen = 0
	for method in Steam.get_method_list():
		if node.has_method(method.name) or method.name.begins_with("_"):
			continue
		seen += 1
		if check(described.has(method.name), method.name + " is described"):
			same(method.args.size(), described[method.name][2], "parameters of " + method.name)
	node.free()
	same(seen, described.size(), "as many as described")
	var peer = load("res://addons/fumarole/multiplayer_peer.gdns").new()
	var taken = {}
	for method in peer.get_method_list():
		taken[method.name] = method.args.size()
	for entry in load("res://functions.gd").PEER_FUNCTIONS:
		if check(taken.has(entry[0]), entry[0] + " of a networking peer exists"):
			same(taken[entry[0]], entry[2], "parameters of " + entry[0])
	for name in ["GetConnectionRealTimeStatus", "getConnectionRealTimeStatus", "connectByIPAddress"]:
		check(Steam.has_method(name), name)
	# One argument too many, one too few.
	expect_error("acceptConnection: takes 1 argument; given: 0")
	same(Steam.acceptConnection(), 0, "too few arguments")
	expect_error("createPollGroup: takes 0 arguments; given: 1")
	same(Steam.createPollGroup(1), 0, "too many arguments")
	expect_error("connectP2P: takes 2 to 3 arguments; given: 4")
	same(Steam.connectP2P("a", 0, [], 1), 0, "too many arguments with a default")
	return true


func before_initialisation():
	for entry in [
		["acceptConnection", [1], 0], ["beginAsyncRequestFakeIP", [1], false],
		["closeConnection", [1, 0, "", false], false], ["closeListenSocket", [1], false],
		["configureConnectionLanes", [1, 1, [], []], 0], ["connectP2P", ["str:a", 0, []], 0],
		["connectByIPAddress", ["127.0.0.1:1", []], 0], ["connectToHostedDedicatedServer", ["str:a", 0, []], 0],
		["createFakeUDPPort", [0], null], ["createHostedDedicatedServerListenSocket", [0, []], 0],
		["createListenSocketIP", ["127.0.0.1:1", []], 0], ["createListenSocketP2P", [0, []], 0],
		["createListenSocketP2PFakeIP", [0, []], 0], ["createPollGroup", [], 0],
		["createSocketPair", [false, "", ""], {}], ["destroyPollGroup", [1], false],
		["findRelayAuthTicketForServer", [1, 0], 0], ["flushMessagesOnConnection", [1], 0],
		["getAuthenticationStatus", [], 0], ["getCertificateRequest", [], {}], ["getConnectionInfo", [1], {}],
		["getConnectionName", [1], ""], ["GetConnectionRealTimeStatus", [1, 0, true], {}],
		["getConnectionRealTimeStatus", [1, 0, true], {}], ["getConnectionUserData", [1], 0],
		["getDetailedConnectionStatus", [1], {}], ["getFakeIP", [0], {}], ["getGameCoordinatorServerLogin", [], 0],
		["getHostedDedicatedServerAddress", [], 0], ["getHostedDedicatedServerPOPId", [], 0],
		["getHostedDedicatedServerPort", [], 0], ["getListenSocketAddress", [1], ""], ["getIdentity", [], ""],
		["getRemoteFakeIPForConnection", [1], {}], ["initAuthentication", [], 0],
		["receiveMessagesOnConnection", [1, 1], []], ["receiveMessagesOnPollGroup", [1, 1], []],
		["receivedRelayAuthTicket", [], {}], ["resetIdentity", ["str:a"], null], ["runNetworkingCallbacks", [], null],
		["sendMessages", [1, bytes("a"), 1, 8], []], ["sendMessageToConnection", [1, bytes("a"), 8], {}],
		["setConnectionPollGroup", [1, 1], false], ["setConnectionName", [1, "a"], null],
		["run_callbacks", [], null], ["setCertificate", [bytes("a")], {}], ["getSteamID", [], 0],
		["isSteamRunning", [], false], ["setConnectionConfigValueInt32", [1, 24, 1], false],
		["setConnectionConfigValueFloat", [1, 24, 1.0], false], ["setConnectionConfigValueString", [1, 24, "1"], false],
		["setGlobalConfigValueInt32", [24, 1], false], ["getConfigValue", [24, 1, 0], {}],
		["initRelayNetworkAccess", [], null], ["getRelayNetworkStatus", [], 0], ["getPOPList", [], []],
		["sendMessageToUser", ["str:a", bytes("a"), 8, 0], 0], ["receiveMessagesOnChannel", [0, 1], []],
		["acceptSessionWithUser", ["str:a"], false], ["getSessionConnectionInfo", ["str:a", true, true], {}],
		["get_steam_init_result", [], {}], ["steamShutdown", [], null],
	]:
		var given = Steam.callv(entry[0], entry[1])
		check(typeof(given) == typeof(entry[2]) and str(given) == str(entry[2]),
				"%s gives %s" % [entry[0], var2str(given)])
	return true


func listening():
	start()
	# A port that is free: the system chooses one, and it is given back.
	var first = Steam.createListenSocketIPAnyPort("127.0.0.1")
	var text = Steam.getListenSocketAddress(first)
	check(Steam.closeListenSocket(first), "giving the port back")
	check(Steam.addIPAddress("my_server"), "adding a reference")
	check(Steam.parseIPAddressString("my_server", text), "setting it")
	for entry in [
		["my_server"], ["my_server", []], ["my_server", [[24, 1, 2000]]], ["my_server", {24: 2000}], [text],
		[text, [[Steam.NETWORKING_CONFIG_TIMEOUT_INITIAL, 1, 2000], [9, 1, 65536]]], [text, {24: 2000, 9: 65536}],
	]:
		var socket = Steam.callv("createListenSocketIP", entry)
		check(socket != 0, "with %s" % [entry])
		same(Steam.getListenSocketAddress(socket), text, "address with %s" % [entry])
		check(Steam.closeListenSocket(socket), "closing")
	# A name that is nothing becomes a reference without an address, on which nothing can listen.
	same(Steam.createListenSocketIP("nobody"), 0, "an unknown name")
	check(Steam.isIPv6AllZeros("nobody"), "which is a reference now")
	# Options that make no sense.
	same(Steam.createListenSocketIP(text, [[99999, 1, 1]]), 0, "an unknown option")
	for entry in [[[1, 2]], [1], [[24, 1, "x"]], {"a": 1}, {24: Vector2()}, [[24, 5, self]], [[24, 1, 1 << 40]]]:
		expect_error("createListenSocketIP: argument 2 (options) must be")
		same(Steam.createListenSocketIP(text, entry), 0, "options %s" % [entry])
	return true


func options_take_effect():
	start()
	for options in [[[24, 1, 2000], [9, 1, 65536]], {24: 2000, 9: 65536}, [[24, 3, 2000.0], [9, 4, "65536"]]]:
		var both = knock(options)
		for entry in [[24, 2000], [9, 65536]]:
			var value = Steam.getConfigValue(entry[0], Steam.NETWORKING_CONFIG_SCOPE_CONNECTION, both.client)
			same(value.result, Steam.NETWORKING_GET_CONFIG_VALUE_OK, "result")
			same(value.type, Steam.NETWORKING_CONFIG_TYPE_INT32, "type")
			same(value.buffer, 4, "size")
			same(value.value, PoolByteArray([entry[1] & 255, entry[1] >> 8 & 255, entry[1] >> 16, 0]), "bytes")
			same(value.decoded, entry[1], "value")
		# The other end was not told to.
		same(Steam.getConfigValue(24, 4, both.server).result, Steam.NETWORKING_GET_CONFIG_VALUE_OK_INHERITED, "server")
		Steam.closeConnection(both.client, 0, "", false)
		Steam.closeListenSocket(both.socket)
		events = []
	# Texts are copied.
	var named = Steam.createListenSocketP2P(1, {Steam.NETWORKING_CONFIG_CONNECTION_USER_DATA: 1 << 40})
	check(named != 0, "a 64-bit option")
	same(Steam.getConfigValue(40, 3, named).decoded, 1 << 40, "its value")
	check(Steam.setGlobalConfigValueInt32(24, 3000), "setting for all")
	same(Steam.getConfigValue(24, 1, 0).decoded, 3000, "value for all")
	check(Steam.setConfigValue(24, 1, 0, 1, 10000), "setting back")
	same(Steam.getConfigValue(24, 1, 0).decoded, 10000, "value for all again")
	same(Steam.getConfigValueInfo(24).name, "TimeoutInitial", "name")
	same(Steam.getConfigValue(99999, 1, 0).result, -1, "an unknown value")
	return true


func connecting_to_identities():
	start()
	Steam.resetIdentity(DECIMAL_ID)
	same(Steam.getSteamID(), DECIMAL_ID, "own Steam ID")
	var socket = Steam.createListenSocketP2P(7, [])
	check(socket != 0, "listening")
	check(Steam.addIdentity("me"), "a reference")
	Steam.setIdentitySteamID64("me", DECIMAL_ID)
	var connections = []
	for target in ["me", DECIMAL_ID, "steamid:%d" % DECIMAL_ID]:
		events = []
		var connection = Steam.connectP2P(target, 7, [])
		check(connection != 0, "connecting to %s" % target)
		until("came_in", [socket])
		connections.append(connection)
		check(incoming(socket) != 0, "it came in on the same socket")
		same(Steam.acceptConnection(incoming(socket)), 1, "accepting")
		until("has_state", [connection, 3])
		same(Steam.getConnectionInfo(connection).identity, "steamid:%d" % DECIMAL_ID, "who that is")
	same(Steam.connectP2P("me", 8, []), 0, "nobody listens there")
	same(Steam.connectP2P("str:stranger", 7, []), 0, "another process, without a back end")
	return true


# ------------------------------------------------------------------------------------------------------- 6 to 13


func accepting():
	start()
	var both = knock()
	same(Steam.acceptConnection(both.client), 8, "the end that connected")
	same(Steam.acceptConnection(both.server), 1, "the first time")
	same(Steam.acceptConnection(both.server), 11, "the second time")
	same(Steam.acceptConnection(12345), 8, "a bad handle")
	return true


func closing(reason, expected):
	start()
	var both = link()
	check(Steam.closeConnection(both.client, reason, "so long", false), "closing")
	var event = await_event(both.server, Steam.CONNECTION_STATE_CLOSED_BY_PEER)
	same(event[2].end_reason, expected, "reason in the signal")
	check(event[2].end_debug != "", "text in the signal")
	same(Steam.getConnectionInfo(both.server).end_reason, expected, "reason in the function")
	check(not Steam.closeConnection(both.client, reason, "", false), "closed already")


func closing_with_0():
	closing(0, 1000)
	return true


func closing_with_5000():
	closing(5000, 1999)
	return true


func socket_pair():
	start()
	for loopback in [false, true]:
		var pair = Steam.createSocketPair(loopback, "", "")
		same(pair.keys(), ["success", "connection1", "connection2"], "keys")
		same(pair.success, true, "success")
		check(pair.connection1 > 0 and pair.connection2 > 0 and pair.connection1 != pair.connection2, "handles")
		Steam.sendMessageToConnection(pair.connection1, bytes("forth"), 8)
		Steam.sendMessageToConnection(pair.connection2, bytes("and back"), 8)
		same(receive(pair.connection2, 1)[0].payload.get_string_from_utf8(), "forth", "forth")
		same(receive(pair.connection1, 1)[0].payload.get_string_from_utf8(), "and back", "back")
	Steam.addIdentity("first")
	Steam.setGenericString("first", "one")
	var named = Steam.createSocketPair(false, "first", "str:two")
	same(Steam.getConnectionInfo(named.connection1).identity, "str:one", "identity of connection1")
	same(Steam.getConnectionInfo(named.connection2).identity, "str:two", "identity of connection2")
	named = Steam.createSocketPair(false, DECIMAL_ID, "")
	same(Steam.getConnectionInfo(named.connection1).identity, "steamid:%d" % DECIMAL_ID, "Steam ID of connection1")
	return true


func sending():
	start()
	var both = link()
	for number in [1, 2, 3]:
		same(Steam.sendMessageToConnection(both.client, bytes("x"), 8), {"result": 1, "message_number": number}, "sent")
	same(Steam.sendMessageToConnection(12345, bytes("x"), 8).result, 8, "a bad handle")
	same(Steam.sendMessageToConnection(both.client, PoolByteArray(), 8).message_number, 4, "an empty message")
	var messages = receive(both.server, 4)
	same(messages[3].payload, PoolByteArray(), "which arrives")
	var large = filled(524289)
	same(Steam.sendMessageToConnection(both.client, large, 8).result, 8, "too large")
	large.resize(524288)
	same(Steam.sendMessageToConnection(both.client, large, 8).result, 1, "as large as it may be")
	same(receive(both.server, 1)[0].payload, large, "and it arrives")
	# An Array of numbers does as well.
	same(Steam.sendMessageToConnection(both.client, [1, 2, 255], 8).result, 1, "an Array")
	same(receive(both.server, 1)[0].payload, PoolByteArray([1, 2, 255]), "as bytes")
	same(Steam.flushMessagesOnConnection(both.client), 1, "flushing")
	same(Steam.flushMessagesOnConnection(12345), 8, "flushing a bad handle")
	return true


func sending_copies():
	start()
	var both = link()
	var data = PoolByteArray()
	for i in 300:
		data.append(i & 255)
	same(Steam.sendMessages(3, data, both.client, 8), [1, 2, 3], "numbers")
	var messages = receive(both.server, 3)
	for i in 3:
		same(messages[i].payload, data, "copy %d" % i)
		same(messages[i].message_number, i + 1, "number %d" % i)
	same(Steam.sendMessages(0, data, both.client, 8), [], "none")
	same(Steam.sendMessages(2, data, 12345, 8), [-8, -8], "a bad handle")
	same(Steam.sendMessages(200, data, both.client, 8).size(), 200, "many")
	same(receive(both.server, 200)[199].payload, data, "the last of many")
	# The later form.
	same(Steam.sendMessages(data, both.client, 8), [204], "one")
	same(Steam.sendMessages([bytes("a"), PoolByteArray(), bytes("c")], both.client, 8), [205, 206, 207], "three")
	messages = receive(both.server, 4)
	same(messages[0].payload, data, "the one")
	same(messages[1].payload, bytes("a"), "the first of three")
	same(messages[3].payload, bytes("c"), "the last of three")
	for entry in [
		["messages", ["x", both.client, 8]], ["messages", [["x"], both.client, 8]], ["messages", [-1, data, 1, 8]],
		["messages", [70000, data, 1, 8]], ["data", [1, "x", 1, 8]], ["connection_handle", [1, data, -1, 8]],
		["flags", [1, data, 1, "x"]], ["data", [data, "x", 8]], ["connection_handle", [data, 1, "x"]],
	]:
		expect_error("sendMessages: argument %d (%s) must be"
				% [["messages", "data", "connection_handle", "flags"].find(entry[0]) + 1, entry[0]])
		same(Steam.callv("sendMessages", entry[1]), [], "%s" % [entry])
	return true


func receiving():
	start()
	var both = link()
	check(Steam.setConnectionUserData(both.server, 1 << 40), "user data")
	var every_byte = PoolByteArray()
	for i in 256:
		every_byte.append(i)
	for i in 5:
		Steam.sendMessageToConnection(both.client, every_byte, 8)
	until("has_waiting", [both.server])
	same(Steam.receiveMessagesOnConnection(both.server, 2).size(), 2, "two of five")
	same(Steam.receiveMessagesOnConnection(both.server, 0), [], "none")
	same(Steam.receiveMessagesOnConnection(both.server, -1), [], "a negative number")
	var messages = receive(both.server, 3)
	same(messages.size(), 3, "three are left")
	for key in [
		"payload", "size", "connection", "identity", "user_data", "receiver_user_data", "sender_user_data",
		"time_received", "message_number", "channel", "flags",
	]:
		check(messages[0].has(key), key)
	var message = messages[0]
	same(message.payload, every_byte, "payload")
	same(message.size, 256, "size")
	same(message.connection, both.server, "connection")
	same(message.identity, Steam.getConnectionInfo(both.server).identity, "identity")
	same(message.user_data, 1 << 40, "user data")
	same(message.receiver_user_data, 1 << 40, "the same")
	same(message.sender_user_data, 0, "the message's own, which does not travel")
	check(message.time_received > 0, "time")
	same(message.message_number, 3, "number")
	same(message.channel, -1, "channel")
	same(message.flags & 8, 8, "flags")
	same(message.lane, 0, "lane")
	same(Steam.receiveMessagesOnConnection(12345, 10), [], "a bad handle")
	# More than one batch.
	for i in 150:
		Steam.sendMessageToConnection(both.client, bytes(str(i)), 8)
	messages = receive(both.server, 150)
	same(messages.size(), 150, "many")
	for i in 150:
		same(messages[i].payload.get_string_from_utf8(), str(i), "in order")
	return true


# All five have arrived when the sender has nothing to send any more.
func has_waiting(_connection):
	var client = 0
	for event in events:
		if event[2].listen_socket == 0:
			client = event[1]
	var status = Steam.getConnectionRealTimeStatus(client, 0).connection_status
	return status.pending_reliable == 0 and status.sent_unacknowledged_reliable == 0


func receiving_on_group():
	start()
	var group = Steam.createPollGroup()
	check(group != 0, "a group")
	var first = pair()
	var second = pair(true)
	check(Steam.setConnectionPollGroup(first.connection2, group), "the first joins")
	check(Steam.setConnectionPollGroup(second.connection2, group), "the second joins")
	check(not Steam.setConnectionPollGroup(12345, group), "a bad connection")
	check(not Steam.setConnectionPollGroup(first.connection2, 12345), "a bad group")
	Steam.sendMessageToConnection(first.connection1, bytes("first"), 8)
	Steam.sendMessageToConnection(second.connection1, bytes("second"), 8)
	received = []
	until("enough_of_group", [group, 2])
	var texts = {}
	for message in received:
		texts[message.connection] = message.payload.get_string_from_utf8()
	same(texts.get(first.connection2), "first", "of the first")
	same(texts.get(second.connection2), "second", "of the second")
	same(Steam.receiveMessagesOnPollGroup(group, 10), [], "no more")
	check(Steam.setConnectionPollGroup(first.connection2, 0), "leaving")
	check(Steam.destroyPollGroup(group), "destroying")
	check(not Steam.destroyPollGroup(group), "only once")
	same(Steam.receiveMessagesOnPollGroup(group, 10), [], "a bad handle")
	return true


# ------------------------------------------------------------------------------------------------------- 14 to 18


func real_time_status():
	start()
	var both = link()
	for name in ["GetConnectionRealTimeStatus", "getConnectionRealTimeStatus"]:
		var result = Steam.call(name, both.client, 0, true)
		same(result.response, 1, "response")
		same(result.lanes_status, [], "no lanes")
		for entry in [
			["state", TYPE_INT], ["ping", TYPE_INT], ["local_quality", TYPE_REAL], ["remote_quality", TYPE_REAL],
			["packets_out_per_second", TYPE_REAL], ["bytes_out_per_second", TYPE_REAL],
			["packets_in_per_second", TYPE_REAL], ["bytes_in_per_second", TYPE_REAL], ["send_rate", TYPE_INT],
			["pending_unreliable", TYPE_INT], ["pending_reliable", TYPE_INT],
			["send_unacknowledged_reliable", TYPE_INT], ["sent_unacknowledged_reliable", TYPE_INT],
			["queue_time", TYPE_INT],
		]:
			if check(result.connection_status.has(entry[0]), entry[0]):
				same(typeof(result.connection_status[entry[0]]), entry[1], "type of " + entry[0])
		same(result.connection_status.size(), 14, "no other keys")
		same(result.connection_status.state, 3, "state")
		result = Steam.call(name, both.client, 1, false)
		same(result.connection_status, {}, "not wanted")
		same(result.lanes_status.size(), 1, "one lane")
		var keys = result.lanes_status[0].keys()
		keys.sort()
		same(keys, ["pending_reliable", "pending_unreliable", "queue_time", "sent_unacknowledged_reliable",
				"sent_unacknowledged_reliatble"], "keys of a lane")
		same(Steam.call(name, 12345, 0, true), {"response": 3}, "a bad handle")
		same(Steam.call(name, both.client, 2, true), {"response": 8}, "more lanes than there are")
		same(Steam.call(name, both.client, 100000, true), {"response": 8}, "far more")
		same(Steam.call(name, both.client, -1, true), {"response": 8}, "a negative number")
		check(Steam.call(name, both.client, 0).connection_status.has("state"), "the default is to give the status")
	return true


func lanes():
	start()
	var both = link()
	same(Steam.configureConnectionLanes(both.client, 2, [0, 1], [1, 1]), 1, "two lanes")
	same(Steam.configureConnectionLanes(both.client, 1, [0], [1]), 8, "back to one")
	same(Steam.getConnectionRealTimeStatus(both.client, 2, true).lanes_status.size(), 2, "figures of both")
	same(Steam.configureConnectionLanes(both.client, 3, [], []), 1, "three that are equal")
	same(Steam.configureConnectionLanes(both.client, 3, [0, 0, 0], [0, 1, 1]), 8, "a weight of 0")
	same(Steam.configureConnectionLanes(12345, 2, [0, 1], [1, 1]), 3, "a bad handle")
	same(Steam.configureConnectionLanes(both.client, 256, [], []), 8, "too many")
	same(Steam.configureConnectionLanes(both.client, -1, [], []), 8, "fewer than none")
	same(Steam.configureConnectionLanes(), 3, "no arguments, as the page has it")
	expect_error("configureConnectionLanes: argument 3 (priorities) must be an Array with an int")
	same(Steam.configureConnectionLanes(both.client, 3, [0, 1], [1, 1, 1]), 0, "too few priorities")
	expect_error("configureConnectionLanes: argument 4 (weights) must be an Array with an int")
	same(Steam.configureConnectionLanes(both.client, 3, [0, 1, 2], [1, 1, 65536]), 0, "a weight too large")
	expect_error("configureConnectionLanes: argument 3 (priorities) must be an Array with an int")
	same(Steam.configureConnectionLanes(both.client, 3, [0, "x", 2], [1, 1, 1]), 0, "a priority that is none")
	same(Steam.sendMessageToConnection(both.client, bytes("x"), 8, 2), {"result": 1, "message_number": 1}, "lane 2")
	same(Steam.sendMessageToConnection(both.client, bytes("x"), 8, 3).result, 8, "a lane that is not there")
	same(receive(both.server, 1)[0].lane, 2, "which lane it was")
	return true


func lane_order():
	start()
	var both = link([[Steam.NETWORKING_CONFIG_SEND_RATE_MIN, 1, 30000], [Steam.NETWORKING_CONFIG_SEND_RATE_MAX, 1, 30000]])
	same(Steam.configureConnectionLanes(both.client, 2, [5, 4], [1, 1]), 1, "lane 1 goes before lane 0")
	var data = filled(1000)
	for i in 100:
		Steam.sendMessageToConnection(both.client, data, 8, 0)
	for i in 10:
		Steam.sendMessageToConnection(both.client, data, 8, 1)
	var waiting = Steam.getConnectionRealTimeStatus(both.client, 2, false).lanes_status[0].pending_reliable
	var ahead = 110 - int(waiting / 1000)
	var messages = receive(both.server, 110)
	var last_of_lane_1 = 0
	for i in messages.size():
		if messages[i].lane == 1:
			last_of_lane_1 = i
	# What had left when lane 1 got its messages is ahead of them, and little more: packets that were made up already.
	check(last_of_lane_1 < ahead + 20, "%d were ahead, and lane 1 was done at %d of 110" % [ahead, last_of_lane_1])
	return true


func detailed_status():
	start()
	var both = link()
	var result = Steam.getDetailedConnectionStatus(both.client)
	same(result.success, 0, "success")
	check(result.buffer.length() > 100, "a text")
	same(result.buffer, result.status, "under both names")
	same(Steam.getDetailedConnectionStatus(12345), {"success": -1, "buffer": "", "status": ""}, "a bad handle")
	Steam.setConnectionName(both.client, "Ünï")
	same(Steam.getConnectionName(both.client), "Ünï", "a name")
	check("Ünï" in Steam.getDetailedConnectionStatus(both.client).status, "which the text has")
	same(Steam.getConnectionName(12345), "", "no name for a bad handle")
	same(Steam.getConnectionInfo(12345), {}, "no description for a bad handle")
	return true


func listen_address():
	start()
	var socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	var text = Steam.getListenSocketAddress(socket)
	check(text.begins_with("127.0.0.1:"), text)
	check(int(text.split(":")[1]) > 0, "a port")
	same(Steam.getListenSocketAddress(socket, true), text, "with port")
	same(Steam.getListenSocketAddress(socket, false), "127.0.0.1", "without")
	same(Steam.getListenSocketAddress(12345), "", "a bad handle")
	same(Steam.getListenSocketAddress(Steam.createListenSocketP2P(1)), "", "one that has no address")
	check(Steam.closeListenSocket(socket), "closing")
	check(not Steam.closeListenSocket(socket), "only once")
	return true


# ------------------------------------------------------------------------------------------------------- 19 to 25


func own_identity():
	start()
	same(Steam.getIdentity(), "ip:::1", "anonymous")
	same(Steam.getSteamID(), 0, "which is no Steam ID")
	Steam.resetIdentity(DECIMAL_ID)
	same(Steam.getIdentity(), "steamid:%d" % DECIMAL_ID, "a Steam ID")
	Steam.resetIdentity("str:somebody")
	same(Steam.getIdentity(), "str:somebody", "a text")
	Steam.addIdentity("other")
	Steam.setGenericString("other", "else")
	Steam.resetIdentity("other")
	same(Steam.getIdentity(), "str:else", "a reference")
	Steam.resetIdentity("")
	same(Steam.getIdentity(), "ip:::1", "anonymous again")
	return true


func authentication():
	start()
	var before = Steam.getAuthenticationStatus()
	same(before, Steam.NETWORKING_AVAILABILITY_NEVER_TRIED, "before")
	same(typeof(Steam.initAuthentication()), TYPE_INT, "asking")
	until("authentication_is", [Steam.NETWORKING_AVAILABILITY_CURRENT])
	until("has_authentication_event", [Steam.NETWORKING_AVAILABILITY_CURRENT])
	for event in events:
		if event[0] == "network_authentication_status":
			same(typeof(event[1]), TYPE_INT, "available")
			same(typeof(event[2]), TYPE_STRING, "debug_message")
	return true


func authentication_is(status):
	return Steam.getAuthenticationStatus() == status


func has_authentication_event(status):
	for event in events:
		if event[0] == "network_authentication_status" and event[1] == status:
			return true
	return false


func status_signal():
	start()
	var both = knock()
	var keys = ["identity", "user_data", "listen_socket", "remote_address", "remote_pop", "pop_relay",
			"connection_state", "end_reason", "end_debug", "debug_description", "info_flags"]
	# Created, at both ends.
	for end in [both.client, both.server]:
		var event = await_event(end, 1)
		same(event[3], 0, "from none")
		same(event[2].keys(), keys, "keys")
		same(typeof(event[2].end_reason), TYPE_INT, "the reason is a number")
	same(event_of(both.client, 1)[2].remote_address, Steam.getListenSocketAddress(both.socket), "where to")
	same(event_of(both.server, 1)[2].listen_socket, both.socket, "where it came in")
	# Accepted.
	Steam.acceptConnection(both.server)
	same(await_event(both.server, 3)[3], 1, "accepted")
	same(await_event(both.client, 3)[3], 1, "which the client hears")
	# Closed by the application itself, and by the peer.
	Steam.closeConnection(both.client, 1234, "enough", false)
	var event = await_event(both.client, 0)
	same(event[3], 3, "closed by itself")
	event = await_event(both.server, 4)
	same([event[2].end_reason, event[2].end_debug, event[3]], [1234, "enough", 3], "closed by the peer")
	Steam.closeConnection(both.server, 0, "", false)
	# A problem: the port is free again, and nobody answers.
	var address = Steam.getListenSocketAddress(both.socket)
	Steam.closeListenSocket(both.socket)
	var lost = Steam.connectByIPAddress(address, [[24, 1, 100]])
	event = await_event(lost, 5)
	check(event[2].end_reason >= 3000, "the reason of a problem: %d" % event[2].end_reason)
	check(event[2].end_debug != "", "and its text")
	Steam.closeConnection(lost, 0, "", false)
	return true


func fake_ip():
	start()
	# Without a back end no request can be made, which is the library's own answer.
	same(Steam.beginAsyncRequestFakeIP(1), false, "asking")
	var given = Steam.getFakeIP(0)
	same([given.result, given.ip, given.ports], [42, 0, []], "what was assigned")
	same(typeof(given.identity_type), TYPE_INT, "whose it is")
	same(Steam.getFakeIP(), given, "the default")
	same(Steam.createListenSocketP2PFakeIP(0, []), 0, "listening")
	for i in 3:
		same(Steam.createFakeUDPPort(0), null, "a port")
	same(Steam.sendMessageToFakeIP(0, "127.0.0.1:1", bytes("x"), 0), 8, "sending from it")
	same(Steam.receiveMessagesOnFakeUDPPort(0, 10), [], "receiving at it")
	same(Steam.destroyFakeUDPPort(0), false, "giving it back")
	return true


func remote_fake_ip():
	start()
	var both = link()
	same(Steam.getRemoteFakeIPForConnection(both.client), {"result": 31, "port": 0, "ip_type": 0, "ip_address": ""},
			"an ordinary connection")
	same(Steam.getRemoteFakeIPForConnection(12345).result, 8, "a bad handle")
	return true


func hosted():
	start()
	# The environment says a port (the program that runs the engine sets it); without a back end that means nothing yet.
	check(OS.get_environment("SDR_LISTEN_PORT") != "", "the environment")
	same(Steam.getHostedDedicatedServerPort(), 0, "port")
	same(Steam.getHostedDedicatedServerPOPId(), 0, "POP")
	same(Steam.createHostedDedicatedServerListenSocket(0, []), 0, "listening")
	same(Steam.connectToHostedDedicatedServer("str:server", 0, []), 0, "connecting")
	return true


func not_enabled():
	start()
	same(Steam.findRelayAuthTicketForServer(1, 0), 0, "ticket")
	same(Steam.getGameCoordinatorServerLogin(), 2, "login")
	same(Steam.getGameCoordinatorServerLogin("data"), 2, "login with data")
	same(Steam.getHostedDedicatedServerAddress(), 2, "address")
	same(Steam.receivedRelayAuthTicket(), {}, "received ticket")
	same(Steam.receivedRelayAuthTicket(bytes("nonsense")), {}, "a ticket that is none")
	same(Steam.getRelayNetworkStatus(), -102, "relay network")
	same(Steam.getLocalPingLocation().age, -1.0, "ping location")
	same(Steam.getPOPCount(), 0, "POPs")
	same(Steam.getPOPList(), [], "list of POPs")
	same(Steam.getPingToDataCenter(1), {"pop_relay": 0, "ping": -2}, "ping")
	return true


# ------------------------------------------------------------------------------------------------------- 26 to 29


func constants():
	var expected = load("res://constants.gd").new()
	var count = 0
	for enumeration in expected.ENUMERATIONS:
		for name in expected.ENUMERATIONS[enumeration]:
			var number = expected.ENUMERATIONS[enumeration][name]
			same(Steam.get(name), number, name)
			check(Steam.get(enumeration).has(name), "%s in %s" % [name, enumeration])
			same(Steam.get(enumeration).get(name), number, "%s.%s" % [enumeration, name])
			count += 1
	check(count > 110, "the list")
	for alias in expected.ALIASES:
		same(Steam.get(alias), Steam.get(expected.ALIASES[alias]), alias)
	# As programs write them.
	same(Steam.NETWORKING_CONFIG_FAKE_PACKET_DUP_REVC, 27, "flat")
	same(Steam.NetworkingConfigValue.NETWORKING_CONFIG_FAKE_PACKET_DUP_RECV, 27, "by enumeration")
	match 3:
		Steam.CONNECTION_STATE_CONNECTED:
			pass
		_:
			check(false, "in a match")
	expect_error("Steam: CONNECTION_STATE_NONE is a constant")
	Steam.CONNECTION_STATE_NONE = 1
	same(Steam.CONNECTION_STATE_NONE, 0, "which it stays")
	return true


func user_data():
	start()
	var both = link()
	same(Steam.getConnectionUserData(both.client), -1, "by default")
	same(Steam.getConnectionInfo(both.client).user_data, -1, "in the description")
	check(Steam.setConnectionUserData(both.client, -5), "setting")
	same(Steam.getConnectionUserData(both.client), -5, "set")
	same(Steam.getConnectionUserData(12345), -1, "a bad handle")
	return true


func certificate_request():
	start()
	var request = Steam.getCertificateRequest()
	check(request.certificate is PoolByteArray, "bytes")
	check(request.certificate.size() > 0, "some")
	same(request.cert_size, request.certificate.size(), "their number")
	same(request.error_message, "", "no error")
	var result = Steam.setCertificate(bytes("nonsense"))
	same(result.response, false, "a certificate that is none")
	check(result.error != "", "and why")
	same(Steam.addTrustedAuthority("nonsense").response, false, "an authority that is none")
	return true


func signals_inside():
	start()
	var socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	var client = Steam.connectByIPAddress(Steam.getListenSocketAddress(socket))
	var end = OS.get_ticks_msec() + PATIENCE
	# The server's end is there when the poll of its state works; that calls many functions, none of which may emit.
	while Steam.getDetailedConnectionStatus(client).success != 0 and OS.get_ticks_msec() < end:
		OS.delay_msec(1)
	for i in 100:
		Steam.getConnectionInfo(client)
		Steam.receiveMessagesOnConnection(client, 10)
		Steam.getRelayNetworkStatus()
		OS.delay_msec(1)
	same(events, [], "no signal outside")
	Steam.run_callbacks()
	check(events.size() >= 1, "but inside run_callbacks")
	until("came_in", [socket])
	events = []
	Steam.closeConnection(client, 0, "", false)
	same(events, [], "not in the call that causes it")
	Steam.runNetworkingCallbacks()
	check(has_event(client, 0), "but inside runNetworkingCallbacks")
	return true
