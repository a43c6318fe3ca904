/* SPDX-License-Identifier: ISC */
/*
 * conf_check: what is wrong with a configuration, found while libconfuse
 * reads it, so that it has a line.
 *
 * Must never stop at a warning: a value is right or it is refused.
 */
#include "daemon/conf_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf_text.h"
#include "daemon/filing/rules.h"
#include "daemon/intake/peers.h"
#include "proto/out/note.h"

static const char *const channel_words[] = {
	"post", "fax", "email", "message", "web", "hand", "import", NULL
};
static const char *const action_words[] = { "file", "set-aside", NULL };
static const char *const subfolder_words[] = { "no", "case", "tags", NULL };
static const char *const direction_words[] = { "in", "out", NULL };
static const char *const language_words[] = { "en", "zh", NULL };

/* The names of a table's keys. */
void
conf_words_of(const cfg_opt_t *opts, const char *word[CONF_WORDS_MAX])
{
	size_t n = 0;

	for (; opts->name != NULL && n < CONF_WORDS_MAX - 1; opts++)
		word[n++] = opts->name;
	word[n] = NULL;
}

/* ---- what is wrong ---------------------------------------------------- */

/*
 * libconfuse's callbacks take no argument of ours; a load fills this, once,
 * on the main thread, before any other runs.
 */
static struct trouble *found;
static const char *found_in;
static int nfound;

/* Keeps the first thing found wrong, with its file and line. */
int
conf_wrong(cfg_t *cfg, enum say_key key, const char *a, const char *b)
{
	char line[16];

	if (nfound++ > 0)
		return -1;
	(void)snprintf(line, sizeof(line), "%d", cfg->line);
	return trouble_set(found, key, found_in, line, a, b);
}

static int
wrong_word(cfg_t *cfg, const char *got, const char *const *words)
{
	const char *near = conf_nearest(got, words);

	if (near != NULL)
		return conf_wrong(cfg, SAY_CONF_WORD_NEAR, got, near);
	return conf_wrong(cfg, SAY_CONF_WORD, got, NULL);
}

/* What stands between the first pair of ' in libconfuse's message. */
static void
quoted(const char *message, char *out_r, size_t size)
{
	const char *p = strchr(message, '\''), *q;

	*out_r = '\0';
	if (p == NULL || (q = strchr(p + 1, '\'')) == NULL)
		return;
	(void)snprintf(out_r, size, "%.*s", (int)(q - p - 1), p + 1);
}

/* libconfuse's errors in our words. */
static void
parse_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	static const struct {
		const char	*begins;
		enum say_key	 key;
	} known[] = {
		{ "invalid integer", SAY_CONF_NUMBER },
		{ "missing equal sign", SAY_CONF_EQUAL },
		{ "missing opening brace", SAY_CONF_BRACE },
		{ "missing title", SAY_CONF_TITLE },
		{ "found duplicate title", SAY_CONF_TWICE },
		{ "unexpected token", SAY_CONF_UNEXPECTED },
	};
	const char *word[CONF_WORDS_MAX];
	char message[512], name[128];
	size_t i;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(message, sizeof(message), fmt, ap);
#pragma GCC diagnostic pop
	quoted(message, name, sizeof(name));
	if (strncmp(message, "no such option", 14) == 0) {
		conf_words_of(cfg->opts, word);
		(void)wrong_word(cfg, name, word);
		return;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(message, known[i].begins,
		    strlen(known[i].begins)) == 0) {
			(void)conf_wrong(cfg, known[i].key, name, NULL);
			return;
		}
	(void)conf_wrong(cfg, SAY_CONF_OTHER, message, NULL);
}

/* ---- checks of one value, with its line -------------------------------- */

static const char *
last_text(cfg_opt_t *opt)
{
	const char *s = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	return s != NULL ? s : "";
}

static int
one_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return 1;
	return 0;
}

static int
check_language(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return *s == '\0' || one_of(s, language_words) ? 0 :
	    wrong_word(cfg, s, language_words);
}

static int
check_channel(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return one_of(s, channel_words) ? 0 :
	    wrong_word(cfg, s, channel_words);
}

static int
check_subfolders(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return one_of(s, subfolder_words) ? 0 :
	    wrong_word(cfg, s, subfolder_words);
}

static int
check_direction(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return one_of(s, direction_words) ? 0 :
	    wrong_word(cfg, s, direction_words);
}

static int
check_action(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return one_of(s, action_words) ? 0 : wrong_word(cfg, s, action_words);
}

static int
check_compression(cfg_t *cfg, cfg_opt_t *opt)
{
	long n = cfg_opt_getnint(opt, 0);

	return n >= 0 && n <= 19 ? 0 :
	    conf_wrong(cfg, SAY_CONF_RANGE, opt->name, "0 ... 19");
}

static int
check_size(cfg_t *cfg, cfg_opt_t *opt)
{
	uint64_t n;

	return conf_size(last_text(opt), &n) == 0 && n >= 65536 ? 0 :
	    conf_wrong(cfg, SAY_CONF_SIZE, last_text(opt), NULL);
}

static int
check_span(cfg_t *cfg, cfg_opt_t *opt)
{
	int64_t ms;

	return conf_span(last_text(opt), &ms) == 0 && ms > 0 ? 0 :
	    conf_wrong(cfg, SAY_CONF_SPAN, last_text(opt), NULL);
}

static int
check_zone(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);
	char path[256];

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", s);
	if (strlen(s) > 60 || *s == '\0' || strstr(s, "..") != NULL ||
	    (strcmp(s, "UTC") != 0 && access(path, R_OK) == -1))
		return conf_wrong(cfg, SAY_CONF_ZONE, s, NULL);
	return 0;
}

static int
check_region(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	if (*s == '\0' || (strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' &&
	    s[1] >= 'A' && s[1] <= 'Z'))
		return 0;
	return conf_wrong(cfg, SAY_CONF_REGION, s, NULL);
}

static int
check_listen(cfg_t *cfg, cfg_opt_t *opt)
{
	struct peer_addr addr;

	return peer_parse_listen(last_text(opt), &addr) == 0 ? 0 :
	    conf_wrong(cfg, SAY_CONF_LISTEN, last_text(opt), NULL);
}

static int
check_peer(cfg_t *cfg, cfg_opt_t *opt)
{
	struct peer_net net;

	return peer_parse_net(last_text(opt), &net) == 0 ? 0 :
	    conf_wrong(cfg, SAY_CONF_PEER, last_text(opt), NULL);
}

static int
check_domain(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return *s != '\0' && strpbrk(s, "@ \t/") == NULL ? 0 :
	    conf_wrong(cfg, SAY_CONF_DOMAIN, s, NULL);
}

static int
check_address(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt), *at = strrchr(s, '@');

	return at != NULL && at != s && at[1] != '\0' ? 0 :
	    conf_wrong(cfg, SAY_CONF_ADDRESS, s, NULL);
}

static int
check_target(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);
	struct id id;
	int kase = strcmp(opt->name, "case") == 0;

	if (id_parse(s, strlen(s), &id) == 0 &&
	    id.kind == (kase ? ID_CASE : ID_CLIENT))
		return 0;
	return conf_wrong(cfg, kase ? SAY_CONF_CASE : SAY_CONF_CLIENT, s, NULL);
}

static int
check_when(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return rules_when(s) != 0 ? 0 :
	    wrong_word(cfg, s, rules_when_words());
}

static int
check_certainty(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const words[] = {
		"certain", "likely", "weak", NULL
	};
	const char *s = last_text(opt);

	return rules_certainty(s) != CERTAINTY_NONE ? 0 :
	    wrong_word(cfg, s, words);
}

/* At the closing brace of a drop folder. */
static int
check_drop(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);

	(void)cfg;
	if (cfg_getstr(sec, "folder") == NULL)
		return conf_wrong(sec, SAY_CONF_NEEDED, "folder",
		    cfg_title(sec));
	if (cfg_getstr(sec, "case") != NULL &&
	    cfg_getstr(sec, "client") != NULL)
		return conf_wrong(sec, SAY_CONF_NOT_BOTH, "case", "client");
	return 0;
}

static int
is_url(const char *s)
{
	return (strncmp(s, "http://", 7) == 0 && s[7] != '\0') ||
	    (strncmp(s, "https://", 8) == 0 && s[8] != '\0');
}

static int
check_url(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);

	return is_url(s) && strlen(s) <= 250 && strpbrk(s, " \t\"") == NULL ?
	    0 : conf_wrong(cfg, SAY_CONF_URL, s, NULL);
}

static int
check_vkey(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *s = last_text(opt);
	struct note_vkey key;

	return note_vkey_parse(&key, s, strlen(s)) == 0 &&
	    key.type == NOTE_COSIGNATURE ? 0 :
	    conf_wrong(cfg, SAY_CONF_VKEY, s, NULL);
}

/* At the closing brace. */
static int
check_witness(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);

	(void)cfg;
	if (cfg_getstr(sec, "url") == NULL || cfg_getstr(sec, "key") == NULL)
		return conf_wrong(sec, SAY_CONF_NEEDED, cfg_getstr(sec,
		    "url") == NULL ? "url" : "key", cfg_title(sec));
	return 0;
}

static const struct {
	const char		*name;
	cfg_validate_callback_t	 check;
} checks[] = {
	{ "language", check_language },
	{ "compression", check_compression },
	{ "office|zone", check_zone },
	{ "office|region", check_region },
	{ "office|domains", check_domain },
	{ "office|addresses", check_address },
	{ "lmtp|listen", check_listen },
	{ "lmtp|peers", check_peer },
	{ "lmtp|domains", check_domain },
	{ "lmtp|mail-size", check_size },
	{ "lmtp|idle", check_span },
	{ "smtp|listen", check_listen },
	{ "smtp|peers", check_peer },
	{ "smtp|domains", check_domain },
	{ "smtp|mail-size", check_size },
	{ "smtp|idle", check_span },
	{ "drop|channel", check_channel },
	{ "drop|client", check_target },
	{ "drop|case", check_target },
	{ "drop|quiet", check_span },
	{ "drop|subfolders", check_subfolders },
	{ "drop", check_drop },
	{ "fax|direction", check_direction },
	{ "rule|when", check_when },
	{ "rule|case", check_target },
	{ "rule|client", check_target },
	{ "rule|certainty", check_certainty },
	{ "rule|action", check_action },
	{ "log|interval", check_span },
	{ "log|stamp", check_url },
	{ "witness|url", check_url },
	{ "witness|key", check_vkey },
	{ "witness", check_witness },
};


void
conf_check_begin(cfg_t *cfg, const char *path, struct trouble *t)
{
	size_t i;

	found = t;
	found_in = path;
	nfound = 0;
	(void)cfg_set_error_function(cfg, parse_error);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		(void)cfg_set_validate_func(cfg, checks[i].name,
		    checks[i].check);
}

int
conf_check_found(void)
{
	return nfound;
}
