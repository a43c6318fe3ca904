/* SPDX-License-Identifier: ISC */
/*
 * conf: reads the configuration by libconfuse.
 *
 * Every key stands once in the tables below; checks run while the file is
 * read, so that what they find has a line.  Must never change anything: it
 * runs for `dossierd -n' too.
 */
#include "daemon/conf.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/conf_check.h"
#include "daemon/conf_filing.h"
#include "daemon/conf_text.h"
#include "daemon/trees/logkey.h"

#define CONF_MAX (1u << 20)	/* bytes of a configuration */

static cfg_opt_t office_opts[] = {
	CFG_STR("name", "", CFGF_NONE),
	CFG_STR("zone", "UTC", CFGF_NONE),
	CFG_STR("region", "", CFGF_NONE),
	CFG_STR_LIST("domains", NULL, CFGF_NONE),
	CFG_STR_LIST("addresses", NULL, CFGF_NONE),
	CFG_STR_LIST("numbers", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t lmtp_opts[] = {
	CFG_STR("socket", "lmtp.sock", CFGF_NONE),
	CFG_STR("group", NULL, CFGF_NONE),
	CFG_STR_LIST("listen", NULL, CFGF_NONE),
	CFG_STR_LIST("peers", NULL, CFGF_NONE),
	CFG_STR_LIST("domains", NULL, CFGF_NONE),
	CFG_STR("mail-size", "150M", CFGF_NONE),
	CFG_STR("idle", "300s", CFGF_NONE),
	CFG_END()
};
static cfg_opt_t smtp_opts[] = {
	CFG_STR_LIST("listen", NULL, CFGF_NONE),
	CFG_STR_LIST("peers", NULL, CFGF_NONE),
	CFG_STR_LIST("domains", NULL, CFGF_NONE),
	CFG_STR("mail-size", "150M", CFGF_NONE),
	CFG_STR("idle", "300s", CFGF_NONE),
	CFG_STR("certificate", NULL, CFGF_NONE),
	CFG_STR("key", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t api_opts[] = {
	CFG_STR("socket", "dossier.sock", CFGF_NONE),
	CFG_STR("group", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t drop_opts[] = {
	CFG_STR("folder", NULL, CFGF_NONE),
	CFG_STR("channel", "post", CFGF_NONE),
	CFG_STR("kind", NULL, CFGF_NONE),
	CFG_STR("device", NULL, CFGF_NONE),
	CFG_STR("client", NULL, CFGF_NONE),
	CFG_STR("case", NULL, CFGF_NONE),
	CFG_STR("done", NULL, CFGF_NONE),
	CFG_STR("quiet", NULL, CFGF_NONE),
	CFG_BOOL("network", cfg_false, CFGF_NONE),
	CFG_STR("subfolders", "no", CFGF_NONE),
	CFG_END()
};
static cfg_opt_t fax_opts[] = {
	CFG_STR_LIST("from", NULL, CFGF_NONE),
	CFG_STR_LIST("subject", NULL, CFGF_NONE),
	CFG_STR("direction", "in", CFGF_NONE),
	CFG_END()
};
static cfg_opt_t rule_opts[] = {
	CFG_STR("title", NULL, CFGF_NONE),
	CFG_STR_LIST("when", NULL, CFGF_NONE),
	CFG_STR_LIST("from", NULL, CFGF_NONE),
	CFG_STR_LIST("to", NULL, CFGF_NONE),
	CFG_STR_LIST("subject", NULL, CFGF_NONE),
	CFG_STR_LIST("filename", NULL, CFGF_NONE),
	CFG_STR_LIST("channel", NULL, CFGF_NONE),
	CFG_STR("case", NULL, CFGF_NONE),
	CFG_STR("client", NULL, CFGF_NONE),
	CFG_STR("certainty", "likely", CFGF_NONE),
	CFG_STR("action", "file", CFGF_NONE),
	CFG_STR("as", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t log_opts[] = {
	CFG_STR("key", NULL, CFGF_NONE),
	CFG_STR("interval", "1h", CFGF_NONE),
	CFG_STR_LIST("stamp", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t witness_opts[] = {
	CFG_STR("url", NULL, CFGF_NONE),
	CFG_STR("key", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t seal_opts[] = {
	CFG_STR("certificate", NULL, CFGF_NONE),
	CFG_STR("key", NULL, CFGF_NONE),
	CFG_STR("chain", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t dns_opts[] = {
	CFG_STR("resolver", NULL, CFGF_NONE),
	CFG_END()
};
static cfg_opt_t top_opts[] = {
	CFG_STR("store", NULL, CFGF_NONE),
	CFG_STR("key", NULL, CFGF_NONE),
	CFG_STR("reader", NULL, CFGF_NONE),
	CFG_STR("user", NULL, CFGF_NONE),
	CFG_STR("language", "", CFGF_NONE),
	CFG_INT("compression", 3, CFGF_NONE),
	CFG_BOOL("renditions", cfg_true, CFGF_NONE),
	CFG_SEC("office", office_opts, CFGF_NONE),
	CFG_SEC("lmtp", lmtp_opts, CFGF_NONE),
	CFG_SEC("smtp", smtp_opts, CFGF_NONE),
	CFG_SEC("api", api_opts, CFGF_NONE),
	CFG_SEC("drop", drop_opts,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("fax", fax_opts,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("rule", rule_opts,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("log", log_opts, CFGF_NONE),
	CFG_SEC("witness", witness_opts,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("seal", seal_opts, CFGF_NONE),
	CFG_SEC("dns", dns_opts, CFGF_NONE),
	CFG_END()
};

const char *const *
conf_words(const char *section)
{
	static const char *word[CONF_WORDS_MAX];
	const cfg_opt_t *o;

	if (*section == '\0') {
		conf_words_of(top_opts, word);
		return word;
	}
	for (o = top_opts; o->name != NULL; o++)
		if (o->type == CFGT_SEC && strcmp(o->name, section) == 0) {
			conf_words_of(o->subopts, word);
			return word;
		}
	return NULL;
}

/* ---- from the tree to the struct --------------------------------------- */

/* Keeps a text that was made here; NULL without memory. */
static const char *
own(struct conf *c, char *text)
{
	const char **grown;

	if (text == NULL)
		return NULL;
	grown = reallocarray(c->owned.at, c->owned.n + 1, sizeof(*grown));
	if (grown == NULL) {
		free(text);
		return NULL;
	}
	c->owned.at = grown;
	grown[c->owned.n++] = text;
	return text;
}

/* A path as the daemon opens it: relative to `from'.  NULL for "" too. */
static const char *
path_of(struct conf *c, const char *from, const char *path)
{
	char *out;

	if (path == NULL || *path == '\0')
		return NULL;
	if (*path == '/')
		return path;
	return asprintf(&out, "%s/%s", from, path) == -1 ? NULL : own(c, out);
}

static int
list_of(struct conf *c, cfg_t *sec, const char *name, struct conf_list *list_r)
{
	unsigned i, n = cfg_size(sec, name);
	const char **at = calloc(n + 1, sizeof(*at));

	(void)c;
	if (at == NULL)
		return -1;
	for (i = 0; i < n; i++)
		at[i] = cfg_getnstr(sec, name, i);
	list_r->at = at;
	list_r->n = n;
	return 0;
}

static int
take_office(struct conf *c, cfg_t *sec)
{
	struct office *o = &c->office;

	(void)snprintf(o->name, sizeof(o->name), "%s",
	    cfg_getstr(sec, "name"));
	(void)snprintf(o->zone, sizeof(o->zone), "%s",
	    cfg_getstr(sec, "zone"));
	(void)snprintf(o->region, sizeof(o->region), "%s",
	    cfg_getstr(sec, "region"));
	if (conf_texts(sec, "domains", o->domain, OFFICE_MAX) == -1 ||
	    conf_texts(sec, "addresses", o->address, OFFICE_MAX) == -1 ||
	    conf_texts(sec, "numbers", o->number, OFFICE_MAX) == -1)
		return -1;
	return 0;
}

/* What lmtp { } and smtp { } have in common. */
static int
take_door(struct conf *c, cfg_t *sec, struct conf_lmtp *l)
{
	l->source = cfg_name(sec);
	(void)conf_size(cfg_getstr(sec, "mail-size"), &l->mail_size);
	(void)conf_span(cfg_getstr(sec, "idle"), &l->idle_ms);
	if (list_of(c, sec, "listen", &l->listen) == -1 ||
	    list_of(c, sec, "peers", &l->peers) == -1 ||
	    list_of(c, sec, "domains", &l->domains) == -1)
		return conf_wrong(sec, SAY_CONF_OTHER, strerror(ENOMEM), NULL);
	return 0;
}

static int
take_lmtp(struct conf *c, cfg_t *sec)
{
	c->lmtp.socket = path_of(c, c->store, cfg_getstr(sec, "socket"));
	c->lmtp.group = cfg_getstr(sec, "group");
	return take_door(c, sec, &c->lmtp);
}

static int
take_smtp(struct conf *c, cfg_t *sec)
{
	c->smtp.smtp = 1;
	c->smtp.certificate = path_of(c, c->store,
	    cfg_getstr(sec, "certificate"));
	c->smtp.key = path_of(c, c->store, cfg_getstr(sec, "key"));
	if (c->smtp.certificate != NULL && c->smtp.key == NULL)
		return conf_wrong(sec, SAY_CONF_NEEDED, "key", "smtp");
	return take_door(c, sec, &c->smtp);
}

static void
take_drop(struct conf *c, cfg_t *sec, struct conf_drop *d)
{
	const char *quiet = cfg_getstr(sec, "quiet");
	const char *sub = cfg_getstr(sec, "subfolders");

	d->name = cfg_title(sec);
	d->folder = path_of(c, c->store, cfg_getstr(sec, "folder"));
	d->channel = cfg_getstr(sec, "channel");
	d->kind = cfg_getstr(sec, "kind");
	d->device = cfg_getstr(sec, "device");
	d->done = path_of(c, c->store, cfg_getstr(sec, "done"));
	d->network = cfg_getbool(sec, "network") != cfg_false;
	if (quiet == NULL)
		quiet = d->network ? "30s" : "2s";
	(void)conf_span(quiet, &d->quiet_ms);
	d->subfolders = strcmp(sub, "case") == 0 ? SUBFOLDERS_CASE :
	    strcmp(sub, "tags") == 0 ? SUBFOLDERS_TAGS : SUBFOLDERS_NO;
	conf_target(sec, &d->target);
}

static int
take_drops(struct conf *c, cfg_t *cfg)
{
	unsigned i, n = cfg_size(cfg, "drop");
	cfg_t *sec;

	if ((c->drop = calloc(n + 1, sizeof(*c->drop))) == NULL)
		return conf_wrong(cfg, SAY_CONF_OTHER, strerror(ENOMEM), NULL);
	c->ndrop = n;
	for (i = 0; i < n; i++) {
		sec = cfg_getnsec(cfg, "drop", i);
		take_drop(c, sec, &c->drop[i]);
		if (c->drop[i].folder == NULL)
			return conf_wrong(sec, SAY_CONF_NEEDED, "folder",
			    c->drop[i].name);
	}
	return 0;
}

static int
check_socket(cfg_t *cfg, const char *path)
{
	struct sockaddr_un un;

	return path == NULL || strlen(path) < sizeof(un.sun_path) ? 0 :
	    conf_wrong(cfg, SAY_CONF_SOCKET, path, NULL);
}

/* The log's key, without a word beside the master key, and who seals. */
static int
take_log(struct conf *c, cfg_t *cfg)
{
	cfg_t *log = cfg_getsec(cfg, "log"), *sec;
	struct seal_conf *s = &c->seal;
	char path[PATH_MAX];
	const char *key;

	c->log_key = path_of(c, c->store, cfg_getstr(log, "key"));
	logkey_path(c->key, path);
	if (c->log_key == NULL && (c->log_key = own(c, strdup(path))) == NULL)
		return conf_wrong(log, SAY_CONF_OTHER, strerror(ENOMEM), NULL);
	(void)conf_span(cfg_getstr(log, "interval"), &c->log_interval_ms);
	if (cfg_size(log, "stamp") > SEAL_MAX ||
	    cfg_size(cfg, "witness") > SEAL_MAX)
		return conf_wrong(log, SAY_CONF_MANY,
		    cfg_size(log, "stamp") > SEAL_MAX ? "stamp" : "witness",
		    NULL);
	for (; s->nstamp < cfg_size(log, "stamp"); s->nstamp++)
		s->stamp[s->nstamp] = cfg_getnstr(log, "stamp", s->nstamp);
	for (; s->nwitness < cfg_size(cfg, "witness"); s->nwitness++) {
		sec = cfg_getnsec(cfg, "witness", s->nwitness);
		s->witness[s->nwitness].url = cfg_getstr(sec, "url");
		key = cfg_getstr(sec, "key");
		if (note_vkey_parse(&s->witness[s->nwitness].key, key,
		    strlen(key)) == -1)
			return conf_wrong(sec, SAY_CONF_VKEY, key, NULL);
	}
	return 0;
}

/* The office's certificate, with which bundles are signed. */
static int
take_seal(struct conf *c, cfg_t *sec)
{
	c->certificate = path_of(c, c->store, cfg_getstr(sec, "certificate"));
	c->certificate_key = path_of(c, c->store, cfg_getstr(sec, "key"));
	c->chain = path_of(c, c->store, cfg_getstr(sec, "chain"));
	return c->certificate == NULL || c->certificate_key != NULL ? 0 :
	    conf_wrong(sec, SAY_CONF_NEEDED, "key", "seal");
}

static int
take_all(struct conf *c, cfg_t *cfg, const char *folder)
{
	const char *lang = cfg_getstr(cfg, "language");
	cfg_t *api = cfg_getsec(cfg, "api");

	c->store = path_of(c, folder, cfg_getstr(cfg, "store"));
	if (c->store == NULL)
		return conf_wrong(cfg, SAY_CONF_NEEDED, "store", NULL);
	c->key = path_of(c, c->store, cfg_getstr(cfg, "key"));
	if (c->key == NULL)
		c->key = path_of(c, c->store, "master.key");
	c->reader = path_of(c, c->store, cfg_getstr(cfg, "reader"));
	c->user = cfg_getstr(cfg, "user");
	c->compression = (int)cfg_getint(cfg, "compression");
	c->renditions = cfg_getbool(cfg, "renditions") == cfg_true;
	c->lang = lang_of(*lang != '\0' ? lang : getenv("LANG"));
	c->api.socket = path_of(c, c->store, cfg_getstr(api, "socket"));
	c->api.group = cfg_getstr(api, "group");
	c->resolver = cfg_getstr(cfg_getsec(cfg, "dns"), "resolver");
	if (take_office(c, cfg_getsec(cfg, "office")) == -1 ||
	    take_lmtp(c, cfg_getsec(cfg, "lmtp")) == -1 ||
	    take_smtp(c, cfg_getsec(cfg, "smtp")) == -1 ||
	    take_drops(c, cfg) == -1 || conf_faxes(c, cfg) == -1 ||
	    conf_rules(c, cfg) == -1 || take_log(c, cfg) == -1 ||
	    take_seal(c, cfg_getsec(cfg, "seal")) == -1)
		return -1;
	if (check_socket(cfg, c->lmtp.socket) == -1)
		return -1;
	return check_socket(cfg, c->api.socket);
}

/* ---- loading ------------------------------------------------------------ */

static int
read_file(const char *path, struct buf *text, struct trouble *t)
{
	uint8_t *room;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return trouble_errno(t, SAY_CONF_OPEN, path);
	while (text->len < CONF_MAX &&
	    (room = buf_reserve(text, 4096)) != NULL &&
	    (n = read(fd, room, 4096)) > 0)
		buf_commit(text, (size_t)n);
	if (n != 0)
		(void)trouble_errno(t, SAY_CONF_OPEN, path);
	(void)close(fd);	/* was only read */
	return n == 0 ? 0 : -1;
}

/* What libconfuse does not see: a section that is not closed. */
static int
check_braces(const char *path, const struct buf *text, struct trouble *t)
{
	char line[16];
	unsigned at = conf_unclosed((char *)text->data, text->len);

	if (at == 0)
		return 0;
	(void)snprintf(line, sizeof(line), "%u", at);
	return trouble_set(t, SAY_CONF_UNCLOSED, path, line, NULL, NULL);
}

/* The folder of an absolute path. */
static const char *
folder_of(struct conf *c, const char *path)
{
	const char *slash = strrchr(path, '/');

	return own(c, slash == path ? strdup("/") :
	    strndup(path, (size_t)(slash - path)));
}

static int
parse(struct conf *c, struct buf *text, struct trouble *t)
{
	const char *folder = folder_of(c, c->path);
	cfg_t *cfg = cfg_init(top_opts, CFGF_NONE);

	if ((c->cfg = cfg) == NULL || folder == NULL)
		return trouble_errno(t, SAY_CONF_OPEN, c->path);
	if (check_braces(c->path, text, t) == -1)
		return -1;
	conf_blank_comments((char *)text->data, text->len);
	if (buf_str(text) == NULL)
		return trouble_errno(t, SAY_CONF_OPEN, c->path);
	conf_check_begin(cfg, c->path, t);
	if (cfg_parse_buf(cfg, buf_str(text)) != CFG_SUCCESS) {
		if (conf_check_found() == 0)
			(void)trouble_errno(t, SAY_CONF_OPEN, c->path);
		return -1;
	}
	return take_all(c, cfg, folder);
}

int
conf_load(struct conf *c, const char *path, struct trouble *t)
{
	struct buf text = BUF_INIT;
	int rc;

	memset(c, 0, sizeof(*c));
	if ((c->path = own(c, realpath(path, NULL))) == NULL)
		return trouble_errno(t, SAY_CONF_OPEN, path);
	rc = read_file(c->path, &text, t);
	if (rc == 0)
		rc = parse(c, &text, t);
	buf_release(&text);
	return rc;
}

static void
release_door(struct conf_lmtp *l)
{
	free(l->listen.at);
	free(l->peers.at);
	free(l->domains.at);
}

void
conf_release(struct conf *c)
{
	unsigned i;

	for (i = 0; i < c->owned.n; i++)
		free((void *)(uintptr_t)c->owned.at[i]);
	free(c->owned.at);
	release_door(&c->lmtp);
	release_door(&c->smtp);
	free(c->drop);
	for (i = 0; i < c->nfax; i++)
		fax_release(&c->fax[i]);
	free(c->fax);
	rules_release(&c->rules);
	office_release(&c->office);
	if (c->cfg != NULL)
		(void)cfg_free(c->cfg);
	memset(c, 0, sizeof(*c));
}
