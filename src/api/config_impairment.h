/*
 * The configuration values that describe the process's network conditions (2 to 8, 26 to 28, 42 to 45, 53 to 58) and
 * the packet trace (41), handed on to where they take effect.
 */
#ifndef API_CONFIG_IMPAIRMENT_H
#define API_CONFIG_IMPAIRMENT_H

/* Puts the values in effect, all together. Called after one of them changed; harmless for any other value. Any thread.
 */
void config_apply_impairment(int changed_value);

#endif
