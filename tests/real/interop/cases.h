/*
 * The cases: functions that one process of a case runs, as `role` says. What they need is in their parameters, and the
 * table that gives it to them is matrix.c.
 */
#ifndef TESTS_REAL_INTEROP_CASES_H
#define TESTS_REAL_INTEROP_CASES_H

/* cases_traffic.c */
void case_transfer(void);
void case_lanes_one_way(void); /* variant: who has lanes and sends */
void case_lane_priority(void); /* variant: who sends */
void case_lane_weight(void);   /* variant: who sends */
void case_pingpong(void);
void case_send_limit(void);   /* variant: who sends */
void case_backpressure(void); /* variant: who sends */
void case_many(void);
void case_idle(void); /* variant: for how many milliseconds */
void case_status(void);

/* cases_load.c */
enum { LOAD_FROM_SERVER = 1, LOAD_FROM_CLIENT = 2 };
void case_load(void); /* variant: who sends as fast as it can */

/* cases_opening.c */
void case_reject(void); /* variant: the reason, text: the text */
void case_abandon(void);
void case_late_accept(void);
void case_early_send(void);
void case_timeout_initial(void); /* variant 1: nobody has the port */
void case_timeout_accept(void);
void case_cipher(void);
void case_identity(void);
void case_restart_server(void);
void case_restart_client(void);

/* cases_ending.c; variant: who ends */
enum { CLOSE_WAYS = 6 };
extern const char *const close_way_name[CLOSE_WAYS];
enum { VANISH_KILLED = 2 }; /* is added to the variant of case_vanish: killed, not stopped */
void case_close(void);      /* plus 2 * way */
void case_close_both(void);
void case_close_unread(void);
void case_close_listener(void);
void case_kill(void);
void case_linger(void);
void case_vanish(void);

/* cases_path.c */
void case_narrow_path(void); /* variant: who sends */
void case_roaming(void);
void case_roaming_unseen(void); /* variant: for how many milliseconds the client is silent */

#endif
