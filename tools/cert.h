/*
 * The actions of 'fumarole cert': cert_make.c has those that make something, cert_inspect.c the one that looks.
 */
#ifndef TOOLS_CERT_H
#define TOOLS_CERT_H

int cert_keygen(int argc, char **argv);
int cert_authority(int argc, char **argv);
int cert_request(int argc, char **argv);
int cert_issue(int argc, char **argv);
int cert_bundle(int argc, char **argv);
int cert_inspect(int argc, char **argv);

#endif
