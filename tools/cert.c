/*
 * fumarole cert: keys, an authority of one's own, and the certificates it gives out.
 */
#include "tools/cert.h"

#include "tools/command.h"
#include "tools/complain.h"
#include "tools/exit_code.h"
#include "tools/nearest.h"

#include <stdio.h>
#include <string.h>

static const struct command actions[] = {
    {"keygen", cert_keygen, "make a private key and its public key"},
    {"authority", cert_authority, "make the certificate of an authority from its key"},
    {"request", cert_request, "ask an authority for a certificate"},
    {"issue", cert_issue, "sign a certificate as an authority"},
    {"bundle", cert_bundle, "join a certificate and its private key for SetCertificate"},
    {"inspect", cert_inspect, "show what a key, a certificate or a request says"},
};

static const struct command *const actions_end = actions + sizeof actions / sizeof actions[0];

static void print_help(FILE *stream)
{
    fputs("usage: fumarole cert ACTION [options]\n\n", stream);
    for (const struct command *action = actions; action < actions_end; action++)
        fprintf(stream, "  %-10s %s\n", action->name, action->help);
    fputs("\nexample: two players who know each other by an authority of their own\n"
          "  fumarole cert keygen ca && fumarole cert authority ca -o ca.cert\n"
          "  fumarole cert keygen ada\n"
          "  fumarole cert issue --authority-key ca --identity str:ada ada.pub -o ada.cert\n"
          "  fumarole chat --listen :27015 --certificate ada.cert --key ada --trust ca.cert\n"
          "\n'fumarole cert ACTION --help' explains an action.\n"
          "\nexit codes: 0 done, 1 refused (bad signature, contents that make no sense), 2 bad arguments,\n"
          "4 a file cannot be read or written\n",
          stream);
}

int command_cert(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    struct nearest search = {.word = argv[1]};
    for (const struct command *action = actions; action < actions_end; action++) {
        if (strcmp(action->name, argv[1]) == 0) {
            char name[32];
            snprintf(name, sizeof name, "cert %s", action->name);
            complain_as(name);
            int code = action->run(argc - 1, argv + 1);
            complain_as("cert");
            return code;
        }
        nearest_offer(&search, action->name);
    }
    complain("there is no action '%s'", argv[1]);
    if (search.best)
        advise("Did you mean 'fumarole cert %s'?", search.best);
    else
        advise("'fumarole cert --help' lists the actions there are.");
    return EXIT_USAGE;
}
