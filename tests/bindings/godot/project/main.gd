# Runs the suite that the environment variable FUMAROLE_SUITE names and leaves with 0 if every test of it passed.
extends Node


func _ready():
	var suite = load("res://%s.gd" % OS.get_environment("FUMAROLE_SUITE")).new()
	add_child(suite)
	# A suite that waits for frames gives a state to wait for.
	var result = suite.run_all()
	if result is GDScriptFunctionState:
		result = yield(result, "completed")
	remove_child(suite)
	suite.free()
	get_tree().quit(0 if result else 1)
