# How many messages cross between the library and GDScript. Prints workload, messages, seconds and seconds of the
# processor, separated by tabs, a line for each workload; docs/performance.md says what the workloads are.
extends Node

const BURST = 800
const RELIABLE = 8
const RATE = {10: 268435456, 11: 268435456} # SendRateMin and SendRateMax

var accepted = 0
var connected = 0
var made = 0
var burst = []
var filler = PoolByteArray()
var wall = 0
var cpu = 0


func _ready():
	for i in 100:
		filler.append(120)
	var wanted = int(OS.get_environment("FUMAROLE_MESSAGES"))
	Steam.connect("network_connection_status_changed", self, "_changed")
	if Steam.steamInit().status != 1:
		printerr("the library does not start")
		get_tree().quit(1)
		return
	for entry in [
		["pipe send 1", false, "prepare", "send_1", [], 32],
		["pipe send 32", false, "prepare", "send_32", [], 32],
		["pipe receive 1", false, "sent", "receive", [1], 0],
		["pipe receive 32", false, "sent", "receive", [32], 0],
		["pipe receive 100", false, "sent", "receive", [100], 0],
		["pipe group 32", true, "sent", "receive_group", [32], 0],
		["pipe group 100", true, "sent", "receive_group", [100], 0],
	]:
		measure(entry, wanted, false)
	measure(["loopback 32", false, "prepare", "send_and_receive", [], 0], wanted, true)
	Steam.steamShutdown()
	get_tree().quit(0)


func _changed(connection, info, _old_state):
	if info.connection_state == Steam.CONNECTION_STATE_CONNECTING and info.listen_socket != 0:
		accepted = connection
		Steam.acceptConnection(connection)
	elif info.connection_state == Steam.CONNECTION_STATE_CONNECTED:
		connected += 1


var here = 0
var group = 0


# Does a workload and prints its line: whether a poll group receives, what comes before the timed part, the timed part,
# its arguments, and with how many a call the rest is received.
func measure(entry, wanted, loopback):
	var door
	connected = 0
	if loopback:
		door = Steam.createListenSocketIPAnyPort("127.0.0.1:0")
		here = Steam.connectByIPAddress(Steam.getListenSocketAddress(door), RATE)
	else:
		door = Steam.createListenSocketP2P(0)
		here = Steam.connectP2P(Steam.getIdentity(), 0)
	while connected < 2:
		Steam.run_callbacks()
		OS.delay_msec(1)
	group = 0
	if entry[1]:
		group = Steam.createPollGroup()
		Steam.setConnectionPollGroup(accepted, group)
	var rounds = int(max(1, wanted / BURST))
	for done in range(-rounds / 10, rounds): # the first tenth only warms up
		if done == 0:
			wall = 0
			cpu = 0
		call(entry[2])
		var cpu_then = processor(loopback)
		var then = OS.get_ticks_usec()
		callv(entry[3], entry[4])
		wall += OS.get_ticks_usec() - then
		cpu += processor(loopback) - cpu_then
		if entry[5] > 0:
			receive(entry[5])
	print("%s\t%d\t%.6f\t%.6f" % [entry[0], rounds * BURST, wall / 1e6, cpu / 1e6])
	Steam.destroyPollGroup(group)
	Steam.closeConnection(here, 0, "", false)
	Steam.closeListenSocket(door)
	Steam.run_callbacks()


# Microseconds of the processor: of this thread exactly, or of all threads in steps of ten milliseconds.
func processor(all_threads):
	var file = File.new()
	if file.open("/proc/self/stat" if all_threads else "/proc/self/schedstat", File.READ) != OK:
		return 0
	var fields = file.get_line().split(" ")
	file.close()
	return (int(fields[13]) + int(fields[14])) * 10000 if all_threads else int(fields[0]) / 1000


# Messages that were not sent before.
func prepare():
	burst = []
	for i in BURST:
		var message = PoolByteArray(filler)
		message.set(0, made & 255)
		message.set(1, made >> 8 & 255)
		message.set(2, made >> 16 & 255)
		made += 1
		burst.append(message)


func sent():
	prepare()
	send_1()


func send_1():
	for message in burst:
		if Steam.sendMessageToConnection(here, message, RELIABLE).result != 1:
			printerr("a message was refused")


func send_32():
	for first in range(0, BURST, 32):
		Steam.sendMessages(burst.slice(first, first + 31), here, RELIABLE)


func receive(most):
	var got = 0
	while got < BURST:
		for message in Steam.receiveMessagesOnConnection(accepted, most):
			if message.payload.size() == 100:
				got += 1


func receive_group(most):
	var got = 0
	while got < BURST:
		for message in Steam.receiveMessagesOnPollGroup(group, most):
			if message.payload.size() == 100:
				got += 1


func send_and_receive():
	send_1()
	Steam.flushMessagesOnConnection(here)
	receive(32)
