/* SPDX-License-Identifier: ISC */
/*
 * replay: the main of a fuzz target where there is no fuzzer.
 *
 *	fuzz_NAME [FILE|FOLDER...]
 *
 * Gives the target the empty input, each file, and some hundred damaged
 * copies of each: cut short, bytes changed, pieces doubled.  The damage is
 * the same on every run.
 */
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <unistd.h>

#define DAMAGED		200
#define FILE_MAX	(1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t nfiles, nruns;

static uint32_t
random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A copy of its own size, so that a sanitizer sees a read past the end. */
static void
give(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		err(1, "no memory");
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	nruns++;
}

static size_t
damage(uint8_t *data, size_t len, uint32_t *state)
{
	size_t at = random_next(state) % len, n, i;

	switch (random_next(state) % 4) {
	case 0:
		return at;
	case 1:
		data[at] = (uint8_t)random_next(state);
		return len;
	case 2:
		for (i = 0; i < 8; i++)
			data[random_next(state) % len] ^= (uint8_t)(1U <<
			    random_next(state) % 8);
		return len;
	default:
		n = random_next(state) % (len - at) + 1;
		memmove(data + at + n, data + at, len - at);
		return len + n;
	}
}

static void
give_file(const char *path)
{
	static uint8_t data[FILE_MAX], copy[2 * FILE_MAX];
	uint32_t state = 2463534242U, round;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, data, sizeof(data));

	if (n == -1)
		err(1, "%s", path);
	close(fd);
	nfiles++;
	give(data, (size_t)n);
	for (round = 0; n > 0 && round < DAMAGED; round++) {
		memcpy(copy, data, (size_t)n);
		give(copy, damage(copy, (size_t)n, &state));
	}
}

static void
give_all(char **paths)
{
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	if (fts == NULL)
		err(1, "%s", paths[0]);
	while ((e = fts_read(fts)) != NULL) {
		if (e->fts_info == FTS_F)
			give_file(e->fts_accpath);
		else if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR)
			errx(1, "%s: cannot be read", e->fts_path);
	}
	fts_close(fts);
}

int
main(int argc, char **argv)
{
	give((const uint8_t *)"", 0);
	if (argc > 1)
		give_all(argv + 1);
	printf("%zu files, %zu inputs\n", nfiles, nruns);
	return 0;
}
