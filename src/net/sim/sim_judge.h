/*
 * What must hold of one end of a connection, whatever the network does. Each function fails the world when it does not.
 */
#ifndef NET_SIM_JUDGE_H
#define NET_SIM_JUDGE_H

#include "net/sim/sim_end.h"

/* The reason that sim_end_fail gives. */
enum { SIM_LOCAL_FAILURE = k_ESteamNetConnectionEnd_Misc_Generic };

/* After every call. */
void sim_judge_call(struct sim_end *end);

/* A data packet of this size is sent. */
void sim_judge_rate(struct sim_end *end, size_t size);

/* The state has changed; everything about the end is up to date. */
void sim_judge_state(struct sim_end *end, int old_state);

/* The application lets go. */
void sim_judge_release(struct sim_end *end);

/* What the connection counts is what has happened, and never less than before. */
void sim_judge_statistics(struct sim_end *end);

/* It follows its peer: to where the peer is or was, and nowhere else. */
void sim_judge_moved(struct sim_end *end);

/* Asked now and then: nobody waits for a peer that is gone any longer than the timeouts say. */
void sim_judge_silence(struct sim_end *end);

/* A message was offered for sending, with so many bytes pending before. */
void sim_judge_send(struct sim_end *end, EResult result, int size, int flags, int64_t pending);

#endif
