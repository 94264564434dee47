/*
 * Collects the output files and writes them all or none; see out.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/planc/out.h"

#define PATH_MAX_BYTES 4096

FILE *out_open(struct out *out, const char *name)
{
	struct out_file *file = &out->file[out->count];

	if (out->count == OUT_FILE_MAX) {
		fputs("planc: too many output files\n", stderr);
		exit(1);
	}
	out->count++;
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->stream = open_memstream(&file->bytes, &file->size);
	if (!file->stream) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	return file->stream;
}

static bool make_path(char *path, const char *directory, const struct out_file *file,
		      const char *ending)
{
	int length = snprintf(path, PATH_MAX_BYTES, "%s/%s%s", directory, file->name, ending);

	return length > 0 && length < PATH_MAX_BYTES;
}

/* Makes the directories above a file. */
static bool make_directories(const char *path)
{
	char part[PATH_MAX_BYTES];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);

		memcpy(part, path, length);
		part[length] = 0;
		if (mkdir(part, 0777) && errno != EEXIST)
			return false;
	}
	return true;
}

static bool same_content(const char *path, const struct out_file *file)
{
	FILE *stream = fopen(path, "rb");
	bool same = stream != NULL;

	for (size_t i = 0; same && i < file->size; i++)
		same = getc(stream) == (unsigned char)file->bytes[i];
	same = same && getc(stream) == EOF;
	if (stream)
		fclose(stream);
	return same;
}

static bool write_new(const char *path, const struct out_file *file)
{
	FILE *stream = fopen(path, "wb");
	bool good;

	if (!stream)
		return false;
	good = fwrite(file->bytes, 1, file->size, stream) == file->size;
	return !fclose(stream) && good;
}

static bool write_all(struct out *out, const char *directory)
{
	char path[PATH_MAX_BYTES];

	for (u32 i = 0; i < out->count; i++) {
		struct out_file *file = &out->file[i];

		if (!make_path(path, directory, file, ".new") || !make_directories(path) ||
		    ferror(file->stream) || fflush(file->stream) || !write_new(path, file)) {
			fprintf(stderr, "planc: cannot write %s/%s: %s\n", directory, file->name,
				strerror(errno));
			return false;
		}
	}
	return true;
}

static void remove_all(struct out *out, const char *directory)
{
	char path[PATH_MAX_BYTES];

	for (u32 i = 0; i < out->count; i++)
		if (make_path(path, directory, &out->file[i], ".new"))
			unlink(path);
}

static bool rename_all(struct out *out, const char *directory)
{
	char path[PATH_MAX_BYTES], new_path[PATH_MAX_BYTES];

	for (u32 i = 0; i < out->count; i++) {
		struct out_file *file = &out->file[i];

		make_path(path, directory, file, "");
		make_path(new_path, directory, file, ".new");
		if (i && same_content(path, file)) {
			unlink(new_path);
		} else if (rename(new_path, path)) {
			fprintf(stderr, "planc: cannot write %s: %s\n", path, strerror(errno));
			return false;
		}
	}
	return true;
}

bool out_commit(struct out *out, const char *directory)
{
	if (write_all(out, directory) && rename_all(out, directory))
		return true;
	remove_all(out, directory);
	return false;
}

void out_close(struct out *out)
{
	for (u32 i = 0; i < out->count; i++) {
		fclose(out->file[i].stream);
		free(out->file[i].bytes);
	}
	out->count = 0;
}
