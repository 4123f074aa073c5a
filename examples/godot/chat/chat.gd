# A chat with the functions of the Steam singleton: one hosts, the others join at its address. Everything that is said
# goes to the host, which passes it on to everybody.
#
# Without hands, for a test or a terminal:  FUMAROLE_CHAT="host 127.0.0.1:27015 ada"  or  "join ... bob", and lines to
# say in FUMAROLE_SAY, one after the other; it ends when it has heard "good night".
extends MarginContainer

onready var nick = $Rows/Door/Nick
onready var address = $Rows/Door/Address
onready var lines = $Rows/Lines
onready var figures = $Rows/Figures

var listen_socket = 0
var poll_group = 0
var host_connection = 0 # a guest's only connection
var guests = {} # of the host: connection -> name
var to_say = []

func _ready():
	Steam.steamInit()
	Steam.connect("network_connection_status_changed", self, "on_status_changed")
	var orders = OS.get_environment("FUMAROLE_CHAT").split(" ", false)
	if orders.size() == 3:
		address.text = orders[1]
		nick.text = orders[2]
		to_say = Array(OS.get_environment("FUMAROLE_SAY").split("\n", false))
		call(orders[0])

func _process(_delta):
	Steam.run_callbacks()
	if poll_group:
		hear_guests()
		show_figures()
	if host_connection:
		hear_host()
		show_figures()

func _exit_tree():
	# Linger: what was said last leaves before the end, though steamShutdown does not wait until it has arrived.
	for guest in guests:
		Steam.closeConnection(guest, 1000, "the host has gone", true)
	if host_connection:
		Steam.closeConnection(host_connection, 1000, "left", true)
	Steam.closeListenSocket(listen_socket)
	Steam.steamShutdown()

# ---- hosting and joining

func host():
	if address.text.ends_with(":0"):
		listen_socket = Steam.createListenSocketIPAnyPort(address.text)
	else:
		listen_socket = Steam.createListenSocketIP(address.text, [])
	if listen_socket == 0:
		print_line("* cannot listen at %s: is the port taken?" % address.text)
		return
	poll_group = Steam.createPollGroup()
	print_line("* waiting for guests at %s" % Steam.getListenSocketAddress(listen_socket))
	opened()

func join():
	host_connection = Steam.connectByIPAddress(address.text, [])
	if host_connection == 0:
		print_line("* this is no address: %s" % address.text)
		return
	print_line("* connecting to %s" % address.text)
	$Rows/Door/Host.disabled = true
	$Rows/Door/Join.disabled = true

func opened():
	$Rows/Door.hide()
	$Rows/Say.editable = true
	$Rows/Say.grab_focus()
	while to_say.size():
		say(to_say.pop_front())

func on_status_changed(connection, info, _old_state):
	match info.connection_state:
		Steam.CONNECTION_STATE_CONNECTING:
			if info.listen_socket:
				Steam.acceptConnection(connection)
				Steam.setConnectionPollGroup(connection, poll_group)
		Steam.CONNECTION_STATE_CONNECTED:
			if connection == host_connection:
				send(host_connection, nick.text if nick.text else "guest") # the first message is the name
				opened()
		Steam.CONNECTION_STATE_CLOSED_BY_PEER, Steam.CONNECTION_STATE_PROBLEM_DETECTED_LOCALLY:
			# What came before the end, and was not read, is lost with closeConnection.
			if connection == host_connection:
				hear_host()
			elif poll_group:
				hear_guests()
			Steam.closeConnection(connection, 0, "", false)
			if connection == host_connection:
				host_connection = 0
				figures.text = "not connected"
				print_line("* the connection has ended: %s (%d)" % [info.end_debug, info.end_reason])
				$Rows/Say.editable = false
			elif guests.has(connection):
				var name = guests[connection]
				guests.erase(connection)
				tell_all("* %s has left" % name)

# ---- talking

func send(connection, text):
	Steam.sendMessageToConnection(connection, text.to_utf8(), Steam.NETWORKING_SEND_RELIABLE)

func say(text):
	$Rows/Say.clear()
	if text == "":
		return
	if host_connection:
		send(host_connection, text)
	else:
		tell_all("%s: %s" % [nick.text if nick.text else "host", text])

func hear_guests():
	for message in Steam.receiveMessagesOnPollGroup(poll_group, 64):
		heard_by_host(message.connection, message.payload.get_string_from_utf8())

func hear_host():
	for message in Steam.receiveMessagesOnConnection(host_connection, 64):
		print_line(message.payload.get_string_from_utf8())

func heard_by_host(connection, text):
	if guests.has(connection):
		tell_all("%s: %s" % [guests[connection], text])
	else:
		guests[connection] = text
		tell_all("* %s has come" % text)

func tell_all(text):
	print_line(text)
	for guest in guests:
		send(guest, text)

func print_line(text):
	lines.add_text(text + "\n")
	print(text)
	if text.ends_with("good night"):
		get_tree().quit()

func show_figures():
	if listen_socket:
		figures.text = "%d guests" % guests.size()
		return
	var status = Steam.getConnectionRealTimeStatus(host_connection, 0, true).connection_status
	figures.text = "ping %d ms, %.1f KB/s out, %.1f KB/s in" % [status.ping, status.bytes_out_per_second / 1000,
			status.bytes_in_per_second / 1000]
	if status.local_quality >= 0: # not measured yet
		figures.text += ", quality %d %%" % (status.local_quality * 100)
