# A small game with the engine's own networking: players run for a gem, whoever reaches it first scores. All of it is
# rpc(); that it goes over Fumarole's connections is decided by two lines, in host() and join().
#
# The server knows where the gem is and who scores; each player knows where it is itself, and tells the others often and
# unreliably, so that a lost position is replaced by the next one.
#
# Without hands:  FUMAROLE_GEMS="host 127.0.0.1:27016"  or  "join ..."  lets it play by itself until somebody has three.
extends Node2D

const MultiplayerPeer = preload("res://addons/fumarole/multiplayer_peer.gdns")
const FIELD = Rect2(20, 60, 600, 400)
const SPEED = 220.0
const REACH = 18.0
const GOAL = 3

var players = {} # id -> {position, shown, score}
var gem = Vector2(320, 260)
var by_itself = false
var winner = 0

func _ready():
	randomize()
	get_tree().connect("network_peer_connected", self, "on_peer_connected")
	get_tree().connect("network_peer_disconnected", self, "on_peer_disconnected")
	get_tree().connect("connected_to_server", self, "on_connected")
	get_tree().connect("connection_failed", self, "on_ended", ["Nobody answers there, or the game is full."])
	get_tree().connect("server_disconnected", self, "on_ended", ["The server has gone."])
	var orders = OS.get_environment("FUMAROLE_GEMS").split(" ", false)
	if orders.size() == 2:
		by_itself = true
		$Menu/Address.text = orders[1]
		call(orders[0])

# ---- coming and going

func host():
	var peer = MultiplayerPeer.new()
	if peer.create_server($Menu/Address.text, 8) != OK:
		on_ended("Cannot listen at %s: is the port taken?" % $Menu/Address.text)
		return
	get_tree().network_peer = peer
	print("port ", peer.get_local_port())
	add_player(1)
	$Menu.hide()

func join():
	var peer = MultiplayerPeer.new()
	if peer.create_client($Menu/Address.text) != OK:
		on_ended("This is no address: %s" % $Menu/Address.text)
		return
	get_tree().network_peer = peer
	$Menu/Text.text = "Connecting ..."

func on_connected():
	add_player(get_tree().get_network_unique_id())
	$Menu.hide()

func on_peer_connected(id):
	add_player(id)
	# Who comes later learns where the gem is, and the score.
	if get_tree().is_network_server():
		for player in players:
			rpc_id(id, "set_score", player, players[player].score)
		rpc_id(id, "place_gem", gem)

func on_peer_disconnected(id):
	players.erase(id)
	update()

func on_ended(text):
	get_tree().network_peer = null
	players.clear()
	$Menu/Text.text = text
	$Menu.show()
	print(text)
	if by_itself:
		get_tree().quit(0 if winner else 1)

func add_player(id):
	var start = FIELD.position + Vector2(randf(), randf()) * FIELD.size
	players[id] = {"position": start, "shown": start, "score": 0}

# ---- playing

func _process(delta):
	if get_tree().network_peer == null or players.empty():
		return
	var me = get_tree().get_network_unique_id()
	if players.has(me) and not winner:
		run(players[me], delta)
		rpc_unreliable("moved", players[me].position)
	for id in players:
		var player = players[id]
		# Others are shown on their way to where they were last seen.
		player.shown = player.position if id == me else player.shown.linear_interpolate(player.position, min(1, delta * 15))
	if get_tree().is_network_server() and not winner:
		judge()
	update()

func run(player, delta):
	var direction = Vector2(
			Input.get_action_strength("ui_right") - Input.get_action_strength("ui_left"),
			Input.get_action_strength("ui_down") - Input.get_action_strength("ui_up"))
	if by_itself:
		direction = (gem - player.position).normalized()
	player.position += direction.clamped(1) * SPEED * delta
	player.position.x = clamp(player.position.x, FIELD.position.x, FIELD.end.x)
	player.position.y = clamp(player.position.y, FIELD.position.y, FIELD.end.y)

func judge():
	for id in players:
		if players[id].position.distance_to(gem) < REACH and not winner:
			rpc("set_score", id, players[id].score + 1)
			rpc("place_gem", FIELD.position + Vector2(randf(), randf()) * FIELD.size)

# ---- what the others call

remote func moved(position):
	var id = get_tree().get_rpc_sender_id()
	if players.has(id) and position is Vector2 and FIELD.grow(1).has_point(position):
		players[id].position = position

remotesync func set_score(id, score):
	if get_tree().get_rpc_sender_id() != 1:
		return # only the server says who scores
	if players.has(id):
		players[id].score = score
	if score == GOAL:
		winner = id
		print("won by ", id, ", score ", score)
		if by_itself:
			leave_when_alone()

# The server goes last, so that everybody has heard.
func leave_when_alone():
	while get_tree().is_network_server() and get_tree().get_network_connected_peers().size() > 0:
		yield(get_tree(), "idle_frame")
	get_tree().network_peer = null
	get_tree().quit()

remotesync func place_gem(position):
	if get_tree().get_rpc_sender_id() == 1:
		gem = position

# ---- what one sees

func _draw():
	if get_tree().network_peer == null or players.empty():
		return
	var font = $Menu.get_font("font", "Label")
	draw_rect(FIELD.grow(14), Color(0.16, 0.18, 0.25))
	draw_colored_polygon(PoolVector2Array([gem + Vector2(0, -12), gem + Vector2(10, 0), gem + Vector2(0, 12),
			gem + Vector2(-10, 0)]), Color(0.3, 0.9, 0.75))
	var x = 20
	for id in players:
		var color = Color.from_hsv(fmod(id * 0.37, 1.0), 0.65, 1.0)
		draw_circle(players[id].shown, 12, color)
		if id == get_tree().get_network_unique_id():
			draw_arc(players[id].shown, 16, 0, TAU, 32, Color.white, 2.0)
		draw_string(font, Vector2(x, 30), "%s  %d" % ["server" if id == 1 else "player", players[id].score], color)
		x += 110
	if winner:
		draw_string(font, Vector2(270, 250), "You win!" if winner == get_tree().get_network_unique_id() else "Somebody else wins.")
