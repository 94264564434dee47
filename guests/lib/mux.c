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

static void put_name(struct mux *mux, u32 index)
{
	put_text(mux, mux->source[index].name, strlen(mux->source[index].name));
	put_text(mux, ": ", 2);
}

/* Puts what waits of a source's line on the terminal, after ending anybody else's. */
static void show(struct mux *mux, u32 index)
{
	struct mux_source *source = &mux->source[index];

	if (mux->open && mux->open != index + 1) {
		mux->source[mux->open - 1].fresh = true;
		put_newline(mux);
	}
	if (source->fresh)
		put_name(mux, index);
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

static void pass(struct mux *mux, u32 index, char character)
{
	struct mux_source *source = &mux->source[index];
	bool returned = source->returned;

	source->returned = character == '\r';
	if (source->returned)
		return;
	if (character == '\n') {
		end_line(mux, index);
		return;
	}
	show(mux, index);
	if (returned) {
		mux->put('\r');
		put_name(mux, index);
	}
	mux->put(character);
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
	for (size_t i = 0; i < size; i++) {
		char character = __atomic_load_n(&text[i], __ATOMIC_RELAXED);

		if (mux->live == source + 1)
			pass(mux, source, character);
		else
			append(mux, source, character);
	}
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
	mux_line(mux,
		 mux->control
			 ? "Ctrl-] then a digit, a letter, s to stop, r to start, . for Ctrl-C:"
			 : "Ctrl-] then a digit, a letter, . for Ctrl-C:");
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

static void type(struct mux *mux, char character)
{
	if (mux->selected >= mux->count)
		return;
	mux->live = mux->selected + 1;
	mux->input(mux->selected, character);
}

static void select_source(struct mux *mux, u32 chosen)
{
	if (chosen >= mux->count)
		return;
	if (mux->live && mux->live != chosen + 1) {
		mux->source[mux->live - 1].returned = false;
		mux->live = 0;
	}
	mux->selected = chosen;
	mux_line(mux, mux->source[chosen].name);
}

static void command(struct mux *mux, char key)
{
	if (key == '?')
		show_list(mux);
	else if (key == '.')
		type(mux, MUX_INTERRUPT);
	else if (mux->control && (key == 's' || key == 'r'))
		mux->control(mux->selected, key);
	else
		select_source(mux, choose(mux, key));
}

void mux_typed(struct mux *mux, char character)
{
	bool escaped = mux->escaped;

	mux->escaped = !escaped && character == MUX_ESCAPE;
	if (mux->escaped)
		return;
	if (escaped && character != MUX_ESCAPE)
		command(mux, character);
	else
		type(mux, character);
}
