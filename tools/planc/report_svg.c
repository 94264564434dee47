/*
 * Writes layout.svg: on the left the physical memory, coloured by owner, on the right the guests
 * as columns and the links as arrows between them, from the driver side to the device side.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/planc/emit.h"
#include "tools/planc/report.h"

#define MARGIN 32
#define TITLE 84     /* height of the heading */
#define MAP_LEFT 158 /* of the blocks, behind their addresses */
#define MAP_WIDTH 390
#define GRAPH_LEFT (MAP_LEFT + MAP_WIDTH + 72)
#define GUEST_WIDTH 176
#define GUEST_STEP 208
#define GUEST_HEIGHT 84
#define LINK_STEP 46
#define LEGEND 64 /* height below the links */

static const char *const guest_colours[PLAN_GUEST_MAX] = {
	"#f2b166", "#7fb8e6", "#93cf8f", "#e58fa6", "#b7a1e0", "#7fd0c8", "#d8c65f", "#c79a7d",
};

static const char style[] =
	"<style>\n"
	"text{font:12px 'DejaVu Sans',Verdana,sans-serif;fill:#1c2733}\n"
	".h1{font-size:20px;font-weight:bold}.h2{font-size:14px;font-weight:bold}\n"
	".a{font:11px 'DejaVu Sans Mono',monospace;fill:#5a6672;text-anchor:end}\n"
	".s{font-size:11px;fill:#5a6672}.e{text-anchor:end}.m{text-anchor:middle}\n"
	".b{stroke:#3b4856;stroke-width:.8}.life{stroke:#c3cad2;stroke-dasharray:2 4}\n"
	".l{stroke:#2d3a47;stroke-width:1.8;fill:none}\n"
	"</style>\n";

static void put_gradients(const struct layout *layout, FILE *file)
{
	fputs("<defs>\n"
	      "<pattern id=\"free\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
	      "<rect width=\"8\" height=\"8\" fill=\"#fff\"/>"
	      "<path d=\"M-2 2l4 -4M0 8l8 -8M6 10l4 -4\" stroke=\"#dfe4e9\"/></pattern>\n"
	      "<marker id=\"device\" markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" "
	      "markerHeight=\"9\" refX=\"8\" refY=\"4.5\" "
	      "orient=\"auto\"><path d=\"M0 0L9 4.5L0 9z\" fill=\"#2d3a47\"/></marker>\n",
	      file);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		fprintf(file,
			"<linearGradient id=\"link%u\"><stop offset=\".5\" stop-color=\"%s\"/>"
			"<stop offset=\".5\" stop-color=\"%s\"/></linearGradient>\n",
			i, guest_colours[layout->link[i].driver],
			guest_colours[layout->link[i].device]);
	fputs("</defs>\n", file);
}

static int row_height(const struct report_row *row)
{
	int height = 18;

	for (u64 size = row->range.size; size > KIB(64); size >>= 2)
		height += 3;
	return row->kind == REPORT_FREE && height > 30 ? 30 : height;
}

static void put_fill(const struct layout *layout, const struct report_row *row, FILE *file)
{
	const struct model_board *board = &layout->model->board;
	u32 owner = PLAN_NONE;

	if (row->kind == REPORT_GUEST || row->kind == REPORT_WORDS)
		owner = row->index;
	if (row->kind == REPORT_DEVICE && row->index != PLAN_NONE)
		owner = board->device[row->index].guest;
	if (row->kind == REPORT_LINK)
		fprintf(file, "url(#link%u)", row->index);
	else if (owner != PLAN_NONE)
		fputs(guest_colours[owner], file);
	else if (row->kind == REPORT_HYPERVISOR && row->index != PLAN_NONE)
		fputs("#c9d0d8", file);
	else
		fputs("url(#free)", file);
}

static void put_row(const struct layout *layout, const struct report_row *row, int y, FILE *file)
{
	int height = row_height(row);
	int middle = y + height / 2 + 4;
	char size[32];

	report_size(row->range.size, size);
	fprintf(file,
		"<g><title>%s: 0x%" PRIx64 " to 0x%" PRIx64 ", %s</title>"
		"<text class=\"a\" x=\"%d\" y=\"%d\">0x%" PRIx64 "</text>"
		"<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"",
		row->name, row->range.base, row->range.base + row->range.size - 1, size,
		MAP_LEFT - 10, middle, row->range.base, MAP_LEFT, y, MAP_WIDTH, height);
	put_fill(layout, row, file);
	fprintf(file,
		"\"/><text x=\"%d\" y=\"%d\">%s</text>"
		"<text class=\"e\" x=\"%d\" y=\"%d\">%s</text></g>\n",
		MAP_LEFT + 10, middle, row->name, MAP_LEFT + MAP_WIDTH - 10, middle, size);
}

/* A gap in the addresses is drawn as a gap. */
static int gap_before(const struct report_row *row, u32 index)
{
	if (!index)
		return 0;
	return row[index - 1].range.base + row[index - 1].range.size == row[index].range.base ? 0
											      : 14;
}

static int map_height(const struct report_row *row, u32 count)
{
	int height = 0;

	for (u32 i = 0; i < count; i++)
		height += gap_before(row, i) + row_height(&row[i]);
	return height;
}

static void put_map(const struct layout *layout, const struct report_row *row, u32 count,
		    FILE *file)
{
	int y = TITLE;

	fprintf(file, "<text class=\"h2\" x=\"%d\" y=\"%d\">Physical memory</text>\n", MARGIN,
		TITLE - 16);
	for (u32 i = 0; i < count; i++) {
		y += gap_before(row, i);
		put_row(layout, &row[i], y, file);
		y += row_height(&row[i]);
	}
}

static int guest_x(u32 guest)
{
	return GRAPH_LEFT + (int)guest * GUEST_STEP;
}

static int guest_middle(u32 guest)
{
	return guest_x(guest) + GUEST_WIDTH / 2;
}

static int links_height(const struct layout *layout)
{
	return GUEST_HEIGHT + 16 + (int)layout->plan.link_count * LINK_STEP + 16;
}

static void put_cpu_list(const struct layout *layout, u32 guest, FILE *file)
{
	u32 count = layout->guest[guest].vcpu_count;

	fputs(count > 1 ? "CPUs" : "CPU", file);
	for (u32 i = 0; i < count; i++)
		fprintf(file, "%s %u", i ? "," : "",
			layout->board_cpu[layout->guest[guest].cpu[i]]);
}

static void put_flags(u32 flags, FILE *file)
{
	static const struct {
		u32 flag;
		const char *name;
	} names[] = {
		{PLAN_GUEST_UART, "UART"},	  {PLAN_GUEST_REPORT, "reports"},
		{PLAN_GUEST_CONTROL, "controls"}, {PLAN_GUEST_WORKLOAD, "workload"},
		{PLAN_GUEST_DTB, "device tree"},
	};
	const char *before = "";

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		fprintf(file, "%s%s", before, names[i].name);
		before = ", ";
	}
}

/* Text in a guest's box, made smaller where it is longer than what fits at `pixels`. */
static void put_in_box(const char *class, int middle, int y, const char *text, size_t fits,
		       size_t pixels, FILE *file)
{
	size_t length = strlen(text);

	fprintf(file, "<text class=\"%s\" x=\"%d\" y=\"%d\"", class, middle, y);
	if (length > fits)
		fprintf(file, " style=\"font-size:%zupx\"", pixels * fits / length);
	fputs(">", file);
	for (; *text; text++) {
		if (*text == '<' || *text == '&')
			fprintf(file, "&#%d;", *text);
		else
			fputc(*text, file);
	}
	fputs("</text>\n", file);
}

static void put_guest(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct model_guest *from = &layout->model->guest[index];
	int x = guest_x(index);
	char size[32];

	report_size(guest->ram_size, size);
	fprintf(file, "<line class=\"life\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
		guest_middle(index), TITLE + GUEST_HEIGHT, guest_middle(index),
		TITLE + links_height(layout));
	fprintf(file,
		"<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" "
		"fill=\"%s\"/>",
		x, TITLE, GUEST_WIDTH, GUEST_HEIGHT, guest_colours[index]);
	put_in_box("h2 m", guest_middle(index), TITLE + 24, guest->name, 17, 14, file);
	put_in_box("m", guest_middle(index), TITLE + 42, model_guest_file(from), 22, 12, file);
	fprintf(file, "<text class=\"m\" x=\"%d\" y=\"%d\">", guest_middle(index), TITLE + 58);
	put_cpu_list(layout, index, file);
	fprintf(file, ", %s</text>\n", size);
	fprintf(file, "<text class=\"m s\" x=\"%d\" y=\"%d\">", guest_middle(index), TITLE + 74);
	put_flags(guest->flags, file);
	fputs("</text>\n", file);
}

/* Text over lifelines, on a white ground as wide as a sans-serif of 12 pixels takes. */
static void put_label(int middle, int y, const char *class, const char *text, int letters,
		      FILE *file)
{
	int width = letters * 13 / 2 + 8;

	fprintf(file,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"15\" fill=\"#fff\"/>"
		"<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n",
		middle - width / 2, y - 12, width, class, middle, y, text);
}

/* Two lines: what the link is, above its arrow, and how it works, below. */
static void put_labels(const struct layout *layout, u32 index, int middle, int y, FILE *file)
{
	const struct model_link *link = &layout->model->link[index];
	const char *there = model_doorbell_name(link->doorbell[PLAN_TO_DEVICE]);
	const char *back = model_doorbell_name(link->doorbell[PLAN_TO_DRIVER]);
	char text[3 * PLAN_NAME_MAX];
	int letters;

	letters = snprintf(text, sizeof(text), "%s, %s", link->name,
			   model_type_name(link->device_id));
	put_label(middle, y - 8, "m", text, letters, file);
	letters = snprintf(text, sizeof(text), "%s, %s%s%s", model_transport_name(link->transport),
			   there, there == back ? " both ways" : " there, ",
			   there == back ? "" : back);
	put_label(middle, y + 16, "m s", text, letters, file);
}

static void put_link(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_link *link = &layout->link[index];
	int y = TITLE + GUEST_HEIGHT + 16 + (int)index * LINK_STEP + 20;
	int from = guest_middle(link->driver);
	int to = guest_middle(link->device);
	int middle = (from + to) / 2;
	int tip = to > from ? to - 6 : to + 6;

	fprintf(file,
		"<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"%s\" class=\"b\"/>"
		"<path class=\"l\" d=\"M%d %dH%d\" marker-end=\"url(#device)\"/>"
		"<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>\n",
		from, y, guest_colours[link->driver], to > from ? from + 6 : from - 6, y, tip,
		to - 5, y - 5, guest_colours[link->device]);
	put_labels(layout, index, middle, y, file);
}

static void put_legend(const struct layout *layout, FILE *file)
{
	int y = TITLE + links_height(layout) + 28;

	fprintf(file,
		"<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"#fff\" class=\"b\"/>"
		"<text class=\"s\" x=\"%d\" y=\"%d\">driver side</text>"
		"<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#fff\"/>"
		"<text class=\"s\" x=\"%d\" y=\"%d\">device side</text>\n",
		GRAPH_LEFT + 6, y - 4, GRAPH_LEFT + 18, y, GRAPH_LEFT + 100, y - 9,
		GRAPH_LEFT + 118, y);
	fprintf(file,
		"<text class=\"s\" x=\"%d\" y=\"%d\">Memory of two colours is a link's, shared by "
		"its two guests.</text>"
		"<text class=\"s\" x=\"%d\" y=\"%d\">Heights are not to scale.</text>\n",
		GRAPH_LEFT, y + 20, GRAPH_LEFT, y + 36);
}

static void put_graph(const struct layout *layout, FILE *file)
{
	fprintf(file, "<text class=\"h2\" x=\"%d\" y=\"%d\">Guests and links</text>\n", GRAPH_LEFT,
		TITLE - 16);
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		put_guest(layout, i, file);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		put_link(layout, i, file);
	put_legend(layout, file);
}

void report_svg(const struct layout *layout, struct out *out)
{
	static struct report_row row[REPORT_ROW_MAX];
	u32 count = report_blocks(layout, row);
	FILE *file = out_open(out, "layout.svg");
	int guests = layout->plan.guest_count > 2 ? (int)layout->plan.guest_count : 2;
	int width = GRAPH_LEFT + guests * GUEST_STEP + MARGIN - (GUEST_STEP - GUEST_WIDTH);
	int graph = links_height(layout) + LEGEND + 16;
	int map = map_height(row, count);
	int height = TITLE + (map > graph ? map : graph) + MARGIN;

	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>Layout of %s</title>\n%s",
		width, height, width, height, layout->plan.name, style);
	put_gradients(layout, file);
	fprintf(file,
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
		"<text class=\"h1\" x=\"%d\" y=\"38\">%s</text>\n",
		width, height, MARGIN, layout->plan.name);
	put_map(layout, row, count, file);
	put_graph(layout, file);
	fputs("</svg>\n", file);
}
