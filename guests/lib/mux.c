/*
 * The console multiplexer: see mux.h.
 */
#include "guests/lib/mux.h"

#include <string.h>

static void put_text(struct mux *mux, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		mux->put(text[i]);
}

static void put_newline(struct mux *mux)
{
	put_text(mux, "\r\n", 2);
	mux->open = 0;
}

u32 mux_add(struct mux *mux, const char *name)
{
	if (mux->count == MUX_SOURCES)
		return MUX_SOURCES;
	mux->source[mux->count] = (struct mux_source){.name = name, .fresh = true};
	return mux->count++;
}

/* Puts what waits of a source's line on the terminal, after ending anybody else's. */
static void show(struct mux *mux, u32 index)
{
	struct mux_source *source = &mux->source[index];

	if (mux->open && mux->open != index + 1) {
		mux->source[mux->open - 1].fresh = true;
		put_newline(mux);
	}
	if (source->fresh) {
		put_text(mux, source->name, strlen(source->name));
		put_text(mux, ": ", 2);
	}
	put_text(mux, source->line, source->length);
	source->length = 0;
	source->fresh = false;
	mux->open = index + 1;
}

static void end_line(struct mux *mux, u32 index)
{
	show(mux, index);
	mux->source[index].fresh = true;
	put_newline(mux);
}

static void append(struct mux *mux, u32 index, char character)
{
	struct mux_source *source = &mux->source[index];
	bool shown = (u8)character >= 0x20 && (u8)character < 0x7f;

	if (character == '\r')
		return;
	if (character == '\n') {
		end_line(mux, index);
		return;
	}
	if (source->length == 0)
		source->since = mux->now;
	source->line[source->length++] = shown || character == '\t' ? character : '.';
	if (source->length == MUX_LINE_SIZE)
		end_line(mux, index);
}

void mux_output(struct mux *mux, u32 source, const char *text, size_t size)
{
	if (source >= mux->count)
		return;
	for (size_t i = 0; i < size; i++)
		append(mux, source, __atomic_load_n(&text[i], __ATOMIC_RELAXED));
}

void mux_tick(struct mux *mux, u64 now)
{
	mux->now = now;
	for (u32 i = 0; i < mux->count; i++)
		if (mux->source[i].length && now - mux->source[i].since > mux->patience)
			show(mux, i);
}

void mux_flush(struct mux *mux)
{
	for (u32 i = 0; i < mux->count; i++)
		if (mux->source[i].length || !mux->source[i].fresh)
			end_line(mux, i);
}

void mux_line(struct mux *mux, const char *text)
{
	if (mux->open) {
		mux->source[mux->open - 1].fresh = true;
		put_newline(mux);
	}
	put_text(mux, text, strlen(text));
	put_newline(mux);
}

static void put_entry(struct mux *mux, u32 index)
{
	char head[4] = {index == mux->selected ? '*' : ' ', '0', ' ', 0};

	head[1] = (char)(index < 10 ? '0' + index : '-');
	put_text(mux, head, 3);
	mux_line(mux, mux->source[index].name);
}

static void show_list(struct mux *mux)
{
	mux_line(mux, "Ctrl-] then a digit or a letter:");
	for (u32 i = 0; i < mux->count; i++)
		put_entry(mux, i);
}

/* A digit is the place in the list; a letter the next source after the present one that has it. */
static u32 choose(const struct mux *mux, char key)
{
	if (key >= '0' && key <= '9')
		return (u32)(key - '0');
	for (u32 i = 1; i <= mux->count; i++) {
		u32 index = (mux->selected + i) % mux->count;

		if (mux->source[index].name[0] == key)
			return index;
	}
	return mux->count;
}

static void command(struct mux *mux, char key)
{
	u32 chosen = choose(mux, key);

	if (key == '?') {
		show_list(mux);
	} else if (chosen < mux->count) {
		mux->selected = chosen;
		mux_line(mux, mux->source[chosen].name);
	}
}

void mux_typed(struct mux *mux, char character)
{
	bool escaped = mux->escaped;

	mux->escaped = !escaped && character == MUX_ESCAPE;
	if (mux->escaped)
		return;
	if (escaped && character != MUX_ESCAPE)
		command(mux, character);
	else if (mux->selected < mux->count)
		mux->input(mux->selected, character);
}
