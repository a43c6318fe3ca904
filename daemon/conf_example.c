/* SPDX-License-Identifier: ISC */
/*
 * conf_example: what `dossierd init' writes into DIR/dossierd.conf.
 *
 * conf/example.conf is the same text for /var/lib/dossier; a test holds the
 * two against each other, and each key of conf.c against the text.
 */
#include "daemon/conf.h"

#include <string.h>

/* \1 stands for the store's folder, \2 the key, \3 LMTP's TCP address, \4
 * SMTP's. */
static const char *const example_lines[] = {
	"# dossierd.conf - the configuration of dossierd, see "
	    "dossierd.conf(5).",
	"#",
	"# Check it with:  dossierd -n -c FILE",
	"# A path that does not begin with / is seen from the store's "
	    "folder, `store'",
	"# itself from the folder of this file.  A change needs a restart.",
	"",
	"# Where everything is kept.  One daemon at a time.",
	"store = \"\1\"",
	"",
	"# The master key.  Best on another file system than the store: "
	    "who takes the",
	"# one must not have the other.  Losing it is final; print the "
	    "recovery sheet.",
	"key = \"\2\"",
	"",
	"# How hard to compress what is kept: 0 (not at all) to 19; 3 is "
	    "a good middle.",
	"compression = 3",
	"",
	"# Text and pages of what is filed are made ahead and kept, so that "
	    "bundles are",
	"# built fast: some 10 to 20 KB and 10 ms a mail, when nothing else "
	    "waits.",
	"renditions = yes",
	"",
	"# The program that reads documents in its sandbox.  Without "
	    "this line the one",
	"# beside dossierd is taken.",
	"#reader = \"/usr/local/libexec/dossier/dossier-reader\"",
	"",
	"# The user to become when started as root.  The store must "
	    "belong to it.",
	"#user = \"dossier\"",
	"",
	"# Language of answers when the caller names none: en or zh.  "
	    "Without this line",
	"# that of the machine.",
	"#language = \"en\"",
	"",
	"# The office itself.  Its own addresses, domains and numbers "
	    "decide whether a",
	"# message goes in or out, and never identify a client.",
	"office {",
	"\t# As reports print it.",
	"\tname = \"\"",
	"\t# Time zone of civil dates.",
	"\tzone = \"UTC\"",
	"\t# Country of telephone numbers without country code: two letters.",
	"\tregion = \"\"",
	"\t# Mail domains, such as { \"office.example\" }.",
	"\tdomains = {}",
	"\t# Mail addresses outside of these domains.",
	"\taddresses = {}",
	"\t# Telephone and fax numbers, such as { \"+44 20 7946 0000\" }.",
	"\tnumbers = {}",
	"}",
	"",
	"# Mail comes by LMTP: point your mail server's transport here.",
	"lmtp {",
	"\t# The Unix socket; \"\" for none.",
	"\tsocket = \"\1/lmtp.sock\"",
	"\t# Its group: the mail server's own.  Without this line the "
	"daemon's.",
	"\t#group = \"postfix\"",
	"\t# TCP addresses, such as { \"127.0.0.1:2424\" }.",
	"\tlisten = {\3}",
	"\t# Who may connect by TCP, such as { \"10.0.0.5\", "
	    "\"10.1.0.0/16\" }.",
	"\t# None: only this machine.",
	"\tpeers = {}",
	"\t# Domains whose recipients are accepted; others are told 550 "
	    "and listed",
	"\t# as refused.  None: every recipient is accepted.",
	"\tdomains = {}",
	"\t# The largest mail; a larger one is told 552 and listed as refused.",
	"\tmail-size = \"150M\"",
	"\t# How long a sender may be silent.",
	"\tidle = \"300s\"",
	"}",
	"",
	"# Mail by SMTP too: for gateways, scanners and fax boxes that can "
	    "only mail.",
	"smtp {",
	"\t# TCP addresses, such as { \"0.0.0.0:2525\" }; none: this door is "
	    "shut.",
	"\tlisten = {\4}",
	"\t# As in lmtp.",
	"\tpeers = {}",
	"\tdomains = {}",
	"\tmail-size = \"150M\"",
	"\tidle = \"300s\"",
	"\t# STARTTLS, when both are there: PEM files, the chain in the "
	    "first.",
	"\t#certificate = \"/etc/ssl/certs/dossier.pem\"",
	"\t#key = \"/etc/ssl/private/dossier.key\"",
	"}",
	"",
	"# The API that the dossier command talks to.",
	"api {",
	"\t# The Unix socket, mode 0660.",
	"\tsocket = \"\1/dossier.sock\"",
	"\t# Its group: the people who may use it.  Without this line the",
	"\t# daemon's own.",
	"\t#group = \"dossier\"",
	"}",
	"",
	"# Drop folders: one for each scanner, fax line or case.  A file "
	    "is taken when",
	"# it rests, and leaves the folder only when it is kept.  "
	    "NAME.json beside NAME",
	"# is kept with it.",
	"drop \"scan\" {",
	"\tfolder = \"\1/drop/scan\"",
	"\t# How it reached the office: post, fax, email, message, web, "
	    "hand or",
	"\t# import.",
	"\tchannel = \"post\"",
	"\t# What it is, from the office's own list: letter, invoice, "
	    "contract ...",
	"\t#kind = \"letter\"",
	"\t# The device that writes here.",
	"\tdevice = \"scanner\"",
	"\t# How long a file must stay unchanged.",
	"\tquiet = \"2s\"",
	"\t# true for a share that other machines write to: it may be away, "
	    "and a file",
	"\t# must rest for 30s unless `quiet' says otherwise.",
	"\tnetwork = false",
	"\t# What folders in here are: no (they stay), case (each is named "
	    "by a case",
	"\t# number or the office's own reference), or tags.",
	"\tsubfolders = \"no\"",
	"\t# Where taken files go, each day in a folder of its own; without "
	    "this line",
	"\t# they are removed.",
	"\t#done = \"\1/drop/scan-done\"",
	"\t# All that comes here belongs to this case, or to this client.",
	"\t#case = \"K-2026-0001\"",
	"\t#client = \"C-0001\"",
	"}",
	"drop \"fax\" {",
	"\tfolder = \"\1/drop/fax\"",
	"\tchannel = \"fax\"",
	"\tquiet = \"2s\"",
	"}",
	"",
	"# Faxes that a gateway brings by mail: such a mail is shown as a fax.",
	"#fax \"gateway\" {",
	"#\t# Its addresses, with * and ?.",
	"#\tfrom = { \"*@fax.example\" }",
	"#\t# Its subjects: * and ?, {number}, {name}, {pages}, {result}.",
	"#\tsubject = { \"Fax from {number} ({pages} pages)*\" }",
	"#\t# in, or out for reports of what was sent.",
	"#\tdirection = \"in\"",
	"#}",
	"",
	"# The log: every entry stands in hash trees whose heads are signed "
	    "and published",
	"# under log/ in the store, for whoever checks without us.",
	"log {",
	"\t# The signing key.  Without this line log.key beside the master "
	    "key.",
	"\t#key = \"log.key\"",
	"\t# A new head is signed when it has been quiet for a minute, and at "
	    "least so",
	"\t# often while entries come.",
	"\tinterval = \"1h\"",
	"\t# Time stamping authorities (RFC 3161), asked once a day and for "
	    "each bundle,",
	"\t# such as { \"http://timestamp.example\" }.",
	"\tstamp = {}",
	"}",
	"# Someone else who signs that our log only ever grows (C2SP "
	    "tlog-witness).",
	"#witness \"bar\" {",
	"#\turl = \"https://witness.example\"",
	"#\t# As the witness publishes it.",
	"#\tkey = \"witness.example/1+000952e9+"
	    "BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM\"",
	"#}",
	"",
	"# The office's own certificate, with which bundles are signed (RSA or "
	    "ECDSA).",
	"#seal {",
	"#\tcertificate = \"/etc/ssl/office.pem\"",
	"#\tkey = \"/etc/ssl/private/office.key\"",
	"#\t# Certificates between it and the authority's.",
	"#\tchain = \"/etc/ssl/office-chain.pem\"",
	"#}",
	"",
	"# Filing rules, tried in this order; the first that matches "
	    "decides.  Without",
	"# any rule here the built-in ones are in force.  A rule of your own "
	    "that files",
	"# replaces them all; one that only sets aside stands before them.",
	"#rule \"newsletters\" {",
	"#\ttitle = \"Newsletters nobody reads\"",
	"#\tfrom = { \"*@news.example\" }",
	"#\taction = \"set-aside\"",
	"#\tas = \"marketing\"",
	"#}",
	"#rule \"bank statements\" {",
	"#\t# The sentence that triage prints.",
	"#\ttitle = \"Statements of the client's bank\"",
	"#\t# The evidence; all of it must point to the same case: token,",
	"#\t# address-token, thread, address, number, name, party, "
	    "same-subject,",
	"#\t# only-parties, bounce.",
	"#\twhen = { \"address\" }",
	"#\t# Patterns with * and ?; one of each list must match.",
	"#\tfrom = { \"*@bank.example\" }",
	"#\tto = {}",
	"#\tsubject = { \"*statement*\" }",
	"#\tfilename = {}",
	"#\tchannel = { \"email\" }",
	"#\t# Names the case or client instead of evidence.",
	"#\tcase = \"K-2026-0001\"",
	"#\tclient = \"C-0001\"",
	"#\t# certain files by itself; likely and weak only suggest.",
	"#\tcertainty = \"certain\"",
	"#\t# file, or set-aside: out of triage, under the word in `as'.",
	"#\taction = \"set-aside\"",
	"#\tas = \"marketing\"",
	"#}",
	"",
	"# DNS is asked only if this says whom: the keys of senders' domains "
	    "(DKIM) are",
	"# then kept with each live mail, so that it can be checked when they "
	    "are gone.",
	"#dns {",
	"#\t# ADDR or ADDR:PORT, or system for what /etc/resolv.conf says.",
	"#\tresolver = \"system\"",
	"#}",
};

static void
quote(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || *s == '$')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
}

static void
listens(struct buf *out, const char *address)
{
	if (address == NULL)
		return;
	buf_adds(out, " \"");
	quote(out, address);
	buf_adds(out, "\" ");
}

void
conf_example(struct buf *out, const char *dir, const char *lmtp,
    const char *smtp, const char *key)
{
	const char *s;
	size_t i;

	for (i = 0; i < sizeof(example_lines) / sizeof(example_lines[0]);
	    i++) {
		for (s = example_lines[i]; *s != '\0'; s++) {
			if (*s == '\1') {
				quote(out, dir);
			} else if (*s == '\2' && key != NULL) {
				quote(out, key);
			} else if (*s == '\2') {
				quote(out, dir);
				buf_adds(out, "/master.key");
			} else if (*s == '\3') {
				listens(out, lmtp);
			} else if (*s == '\4') {
				listens(out, smtp);
			} else {
				buf_addc(out, *s);
			}
		}
		buf_addc(out, '\n');
	}
}
