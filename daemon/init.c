/* SPDX-License-Identifier: ISC */
/*
 * init: `dossierd init DIR': a store that runs as it is, and the recovery
 * sheet for its keys.
 *
 * Must never touch a folder that holds anything already.
 */
#include "daemon/commands.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "daemon/intake/peers.h"
#include "daemon/tell.h"
#include "daemon/trees/logkey.h"

#define KEY_LINE_MAX 4096

/* 1 if the path is there and is anything but an empty folder. */
static int
is_used(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int used = 0;

	if (dir == NULL)
		return errno != ENOENT;
	while (!used && (e = readdir(dir)) != NULL)
		used = strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	(void)closedir(dir);
	return used;
}

static int
failed(const char *path)
{
	tell_error(SAY_RUN_FAILED, path, strerror(errno));
	return TELL_FAILED;
}

static int
make_folders(const char *dir)
{
	static const char *const names[] = { "drop", "drop/scan", "drop/fax" };
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			return -1;
		if (i > 0 && chmod(path, 0770) == -1)
			return -1;
	}
	return 0;
}

/* The text on stable storage under a new name. */
static int
write_new(const char *path, const struct buf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int ok;

	if (fd == -1)
		return -1;
	ok = write(fd, text->data, text->len) == (ssize_t)text->len &&
	    fsync(fd) == 0;
	return close(fd) == 0 && ok ? 0 : -1;
}

static int
write_conf(const char *dir, const char *lmtp, const char *smtp,
    const char *key, char *path, size_t size)
{
	struct buf text = BUF_INIT;
	int rc = -1;

	(void)snprintf(path, size, "%s/dossierd.conf", dir);
	conf_example(&text, dir, lmtp, smtp, key);
	if (!buf_failed(&text))
		rc = write_new(path, &text);
	buf_release(&text);
	return rc;
}

int
init_furnish(const char *dir, const char *lmtp, const char *smtp,
    const char *key, char *conf_r, size_t size)
{
	return make_folders(dir) == -1 ||
	    write_conf(dir, lmtp, smtp, key, conf_r, size) == -1 ? -1 : 0;
}

/* The first line of the key file, as the sheet prints it. */
static void
print_key(const char *path)
{
	char line[KEY_LINE_MAX];
	FILE *f = fopen(path, "re");

	tell(SAY_INIT_SHEET_KEY, path);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '\0' && *line != '#')
			(void)printf("            %s\n", line);
	}
	if (f != NULL)
		(void)fclose(f);	/* was only read */
	explicit_bzero(line, sizeof(line));
}

static void
print_sheet(const char *dir, const char *key, const char *log)
{
	char path[4096];

	(void)printf("\n");
	tell(SAY_INIT_SHEET, "");
	tell(SAY_INIT_SHEET_FOLDER, dir);
	print_key(key);
	(void)snprintf(path, sizeof(path), "%s/keys", dir);
	tell(SAY_INIT_SHEET_RING, path);
	tell(SAY_INIT_SHEET_LOG, log);
	tell(SAY_INIT_SHEET_WHY, "");
	tell(SAY_INIT_SHEET_LOG_WHY, "");
	(void)printf("\n");
}

/* ADDR:PORT, or not given; else it is said. */
static int
is_listen(const char *text)
{
	struct peer_addr addr;

	if (text == NULL || peer_parse_listen(text, &addr) == 0)
		return 1;
	tell_error(SAY_CMD_LISTEN, text);
	return 0;
}

int
command_init(const struct command_args *a)
{
	char key[4096], conf[4200], sock[4200], log[PATH_MAX];
	uint8_t seed[ED25519_KEY];
	struct trouble t;
	char *dir;

	if (!is_listen(a->lmtp) || !is_listen(a->smtp))
		return TELL_USAGE;
	if (is_used(a->word[0])) {
		tell_error(SAY_INIT_EXISTS, a->word[0]);
		return TELL_FAILED;
	}
	if ((mkdir(a->word[0], 0755) == -1 && errno != EEXIST) ||
	    (dir = realpath(a->word[0], NULL)) == NULL)
		return failed(a->word[0]);
	if (a->key == NULL)
		(void)snprintf(key, sizeof(key), "%s/master.key", dir);
	else if (*a->key == '/')
		(void)snprintf(key, sizeof(key), "%s", a->key);
	else if (getcwd(sock, sizeof(sock)) == NULL ||
	    snprintf(key, sizeof(key), "%s/%s", sock, a->key) >=
	    (int)sizeof(key))
		return failed(a->key);
	if (log_init(dir, key, &t) == -1)
		return tell_trouble(&t);
	logkey_path(key, log);
	if (logkey_open(log, key, seed, &t) == -1)
		return tell_trouble(&t);
	explicit_bzero(seed, sizeof(seed));
	if (init_furnish(dir, a->lmtp, a->smtp, key, conf,
	    sizeof(conf)) == -1)
		return failed(dir);
	(void)snprintf(sock, sizeof(sock), "%s/dossier.sock", dir);
	tell(SAY_INIT_MADE, dir);
	print_sheet(dir, key, log);
	tell(SAY_INIT_START, conf);
	tell(SAY_INIT_TALK, sock);
	free(dir);
	return TELL_OK;
}
