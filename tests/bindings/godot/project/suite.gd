# What every suite has: tests by name, checks, and waiting for what the network brings.
extends Node

# How long something that must happen may take on a slow machine that is busy.
const PATIENCE = 60000

var events = [] # every signal of Steam since the last start: [name, arguments...]
var failed = []
var test_name = ""


# Which tests there are: names, and the functions that are called. A function returns true as its last act, so that one
# that the engine ends at an error is noticed.
func tests():
	return []


func run_all():
	for entry in [
		["network_connection_status_changed", 3], ["network_authentication_status", 2], ["fake_ip_result", 4],
		["relay_network_status", 5], ["network_messages_session_request", 1], ["network_messages_session_failed", 1],
	]:
		check(Steam.connect(entry[0], self, "note%d" % entry[1], [entry[0]]) == OK, "signal " + entry[0])
	var count = 0
	var run = 0
	var wanted = OS.get_environment("FUMAROLE_TEST") # a part of the names; empty: all
	for entry in tests():
		if wanted != "" and not wanted in entry[0]:
			continue
		run += 1
		test_name = entry[0]
		failed = []
		events = []
		var result = call(entry[1])
		if result is GDScriptFunctionState:
			result = yield(result, "completed")
		check(result == true, "runs to its end")
		Steam.steamShutdown()
		if failed.empty():
			print("passed: ", test_name)
		else:
			count += 1
			for text in failed:
				print("FAILED: ", test_name, ": ", text)
	print("%d tests, %d failed" % [run, count])
	return count == 0


# ------------------------------------------------------------------------------------------------------------ checking


func check(good, text):
	if not good:
		failed.append(text)
	return good


func same(given, expected, text):
	return check(equal(given, expected),
			"%s: given %s, expected %s" % [text, var2str(given), var2str(expected)])


# Whether two values are of one type and the same, dictionaries by what is in them.
func equal(a, b):
	if typeof(a) != typeof(b):
		return false
	if a is Dictionary or a is Array:
		if a.size() != b.size():
			return false
		for key in a if a is Dictionary else range(a.size()):
			if a is Dictionary and not b.has(key) or not equal(a[key], b[key]):
				return false
		return true
	return a == b


# Says that the next error of the engine must have this text; the program that runs the engine compares.
func expect_error(text):
	print("expected error: ", text)


# -------------------------------------------------------------------------------------------------------------- signals


func note1(a, name):
	events.append([name, a])


func note2(a, b, name):
	events.append([name, a, b])


func note3(a, b, c, name):
	events.append([name, a, b, c])


func note4(a, b, c, d, name):
	events.append([name, a, b, c, d])


func note5(a, b, c, d, e, name):
	events.append([name, a, b, c, d, e])


# The first event of a connection that brought it into a state; null if there was none.
func event_of(connection, state):
	for event in events:
		if event[0] == "network_connection_status_changed" and event[1] == connection \
				and event[2].connection_state == state:
			return event
	return null


# ------------------------------------------------------------------------------------------------------------- waiting


# Runs callbacks until a function of this suite says yes.
func until(function, arguments = []):
	var end = OS.get_ticks_msec() + PATIENCE
	while not callv(function, arguments):
		if OS.get_ticks_msec() > end:
			check(false, "waited in vain for %s%s" % [function, arguments])
			return false
		OS.delay_msec(1)
		Steam.run_callbacks()
	return true


func has_event(connection, state):
	return event_of(connection, state) != null


func await_event(connection, state):
	until("has_event", [connection, state])
	return event_of(connection, state)


func has_state(connection, state):
	var info = Steam.getConnectionInfo(connection)
	return info.has("connection_state") and info.connection_state == state


# Waits for messages, until there are so many.
var received = []


func enough_received(connection, count):
	received += Steam.receiveMessagesOnConnection(connection, count - received.size())
	return received.size() >= count


func receive(connection, count):
	received = []
	until("enough_received", [connection, count])
	return received


func enough_of_group(group, count):
	received += Steam.receiveMessagesOnPollGroup(group, count - received.size())
	return received.size() >= count


# ------------------------------------------------------------------------------------------------------- what tests use


func start():
	same(Steam.steamInit().status, 1, "steamInit")


func pair(loopback = false):
	var result = Steam.createSocketPair(loopback, "", "")
	check(result.success, "a pair")
	return result


# A listen socket on a port of the system's choice, and a connection to it that waits to be accepted.
func knock(options = []):
	var socket = Steam.createListenSocketIPAnyPort("127.0.0.1")
	check(socket != 0, "a listen socket")
	var client = Steam.connectByIPAddress(Steam.getListenSocketAddress(socket), options)
	check(client != 0, "a connection")
	until("came_in", [socket])
	return {"socket": socket, "client": client, "server": incoming(socket)}


func came_in(socket):
	return incoming(socket) != 0


func incoming(socket):
	for event in events:
		if event[0] == "network_connection_status_changed" and event[2].listen_socket == socket and event[3] == 0:
			return event[1]
	return 0


# The same, accepted and connected at both ends.
func link(options = []):
	var both = knock(options)
	same(Steam.acceptConnection(both.server), 1, "accepting")
	until("has_state", [both.client, 3])
	return both


func bytes(text):
	return text.to_utf8()


# So many bytes; resize alone would leave them as the memory had them.
func filled(size):
	var result = PoolByteArray()
	result.resize(size)
	for i in size:
		result[i] = i & 255
	return result
